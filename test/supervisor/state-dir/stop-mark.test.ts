import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {type StopMark, StopMarks, subjectOf} from '../../../src/supervisor/state-dir/stop-mark.ts';
import {runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {intentionOf} from './journal-samples.ts';

let root: string;
let runtimeDir: string;
let shared: string;
let marks: StopMarks;
beforeEach(() => {
  root = temporaryDirectory('stop-mark');
  runtimeDir = path.join(root, 'run');
  shared = path.join(root, 'shared');
  for (const place of [runtimeDir, shared]) mkdirSync(place);
  marks = new StopMarks({stateDir: path.join(root, 'state'), runtimeDir}, [shared]);
});

const after = {run: runOf(1), intention: 'start-1'};
const markOf = (change: Partial<StopMark> = {}): StopMark => ({
  stop: {
    type: 'intention-begun',
    atMs: 5,
    intention: intentionOf('stop-5-unsupervised', {verb: 'stop', start: null}),
    bootId: 'boot',
    simulated: null,
  },
  after,
  ...change,
});

function written(): string {
  const file = marks.write(markOf());
  if (file === null) throw new Error('nothing was written');
  return file;
}

test('a stop is noted in a private file of the runtime directory, found by its subject, and removed', () => {
  const file = written();
  expect(path.dirname(file)).toBe(runtimeDir);
  expect([lstatSync(file).mode & 0o777, readdirSync(runtimeDir).length]).toEqual([0o600, 1]);
  expect(marks.find(after)).toEqual(markOf());
  expect(new StopMarks({stateDir: path.join(root, 'other'), runtimeDir}, [shared]).find(after)).toBeNull();
  marks.remove();
  expect([readdirSync(runtimeDir), marks.find(after)]).toEqual([[], null]);
});

test('where the runtime directory cannot be written, another place is taken, and without any none', () => {
  rmSync(runtimeDir, {recursive: true});
  expect(path.dirname(written())).toBe(shared);
  expect(marks.find(after)).toEqual(markOf());
  rmSync(shared, {recursive: true});
  expect(marks.write(markOf())).toBeNull();
  expect(marks.find(after)).toBeNull();
});

test('a newer one replaces the one in another place', () => {
  rmSync(runtimeDir, {recursive: true});
  written();
  mkdirSync(runtimeDir);
  written();
  expect([readdirSync(runtimeDir).length, readdirSync(shared).length]).toEqual([1, 0]);
});

test.each([
  ['another run', {...after, run: runOf(2)}],
  ['another process of that number', {...after, run: {...runOf(1), startTimeTicks: '99'}}],
  ['another boot', {...after, run: {...runOf(1), bootId: 'another'}}],
  ['no run', {...after, run: null}],
  ['a newer command', {...after, intention: 'start-2'}],
])('a stop is not believed for %s', (_, subject) => {
  written();
  expect(marks.find(subject)).toBeNull();
});

test('a lost journal has no commands: then the run decides; without a run the command does', () => {
  written();
  expect(marks.find({...after, intention: null})).toEqual(markOf());
  const waiting = {run: null, intention: 'restart-7'};
  marks.write(markOf({after: waiting}));
  expect(marks.find(waiting)).toEqual(markOf({after: waiting}));
  expect(marks.find({run: null, intention: null})).toBeNull();
});

test('the subject is the newest run and the newest command', () => {
  const launch = {atMs: 1, settings: settingsOf(), engineVersion: null, argv: [], simulated: null};
  const entries: readonly JournalEntry[] = [
    {type: 'intention-begun', atMs: 0, intention: intentionOf('start-1'), bootId: 'boot', simulated: null},
    {type: 'run-started', ...launch, runId: 'run-1', run: runOf(1)},
  ];
  expect(subjectOf(entries)).toEqual(after);
  expect(subjectOf([])).toEqual({run: null, intention: null});
});

describe('what another user may have put there is not read:', () => {
  test.each<[string, (file: string) => void]>([
    ['a file that others can write', (file) => chmodSync(file, 0o602)],
    ['a file that others can read', (file) => chmodSync(file, 0o604)],
    [
      'a link',
      (file) => {
        renameSync(file, path.join(root, 'target'));
        symlinkSync(path.join(root, 'target'), file);
      },
    ],
    ['a file with a second name', (file) => linkSync(file, path.join(root, 'second'))],
    [
      'a directory',
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
    [
      'a pipe',
      (file) => {
        rmSync(file);
        execFileSync('sh', ['-c', 'mkfifo -m 600 "$1"', 'sh', file]);
      },
    ],
    ['another text', (file) => writeFileSync(file, '{"schemaVersion": 1}')],
    ['half of a text', (file) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100))],
    ['a file that is too large', (file) => writeFileSync(file, readFileSync(file, 'utf8').padEnd(100_000))],
    [
      'the start of an engine',
      (file) => writeFileSync(file, readFileSync(file, 'utf8').replace('"start":null', `"start":${startText}`)),
    ],
  ])('%s', (_, change) => {
    change(written());
    expect(marks.find(after)).toBeNull();
  });

  test('nothing is written through a link', () => {
    const file = written();
    const target = path.join(root, 'target');
    writeFileSync(target, 'precious');
    rmSync(file);
    symlinkSync(target, file);
    expect(written()).toBe(file);
    expect([readFileSync(target, 'utf8'), lstatSync(file).isFile()]).toEqual(['precious', true]);
    marks.remove();
    expect(existsSync(target)).toBe(true);
  });
});

const startText = JSON.stringify(intentionOf('x').start);
