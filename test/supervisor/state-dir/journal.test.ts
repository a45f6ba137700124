import {appendFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import {beforeEach, describe, expect, test} from 'vitest';
import type {LifecycleRecord} from '../../../src/domain/lifecycle/lifecycle.ts';
import {
  findAdoptableRun,
  findEarlierRuns,
  findInterruptedLaunch,
  findLastGoodSettings,
  journalPath,
  readJournal,
  recordedStartMs,
} from '../../../src/supervisor/state-dir/journal.ts';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {openJournal} from '../../../src/supervisor/state-dir/open-journal.ts';
import {findingOf, runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const started = (number: number, contextLengthTokens = 131_072): JournalEntry => ({
  type: 'run-started',
  atMs: number * 1_000,
  runId: `run-${number}`,
  settings: settingsOf(contextLengthTokens),
  engineVersion: '0.25.1',
  argv: ['/opt/vllm/bin/vllm', 'serve'],
  run: runOf(number),
  simulated: null,
});
const ready = (number: number): JournalEntry => ({type: 'run-ready', atMs: number * 1_000 + 1, runId: `run-${number}`});
const stopRequested = (number: number): JournalEntry => ({
  type: 'run-stop-requested',
  atMs: number * 1_000 + 2,
  runId: `run-${number}`,
});
const ended = (number: number): JournalEntry => ({
  type: 'run-ended',
  atMs: number * 1_000 + 3,
  runId: `run-${number}`,
  status: 0,
  wasRequested: true,
});

let stateDir = '';
beforeEach(() => {
  stateDir = temporaryDirectory('journal');
});

async function open() {
  const opened = await openJournal({stateDir});
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

describe('the journal', () => {
  test('returns what was written, over several openings, from a file for this user only', async () => {
    const first = await open();
    expect(first.entries).toEqual([]);
    expect(first.journal.append(started(1))).toEqual({ok: true, value: null});
    expect(first.journal.append(ready(1))).toEqual({ok: true, value: null});
    first.journal.close();
    const second = await open();
    second.journal.append(ended(1));
    second.journal.close();
    expect(readJournal({stateDir})).toEqual({
      ok: true,
      value: {entries: [started(1), ready(1), ended(1)], warnings: []},
    });
    expect(statSync(journalPath(stateDir)).mode & 0o777).toBe(0o600);
  });

  test('accepts every record of the lifecycle', async () => {
    const {journal} = await open();
    const records: readonly LifecycleRecord[] = [
      {type: 'run-ready', runId: 'a', atMs: 1},
      {type: 'run-stop-requested', runId: 'a', atMs: 2},
      {type: 'run-ended', runId: 'a', atMs: 3, status: null, wasRequested: false},
      {type: 'run-adopted', runId: 'a', atMs: 4},
    ];
    for (const record of records) expect(journal.append(record)).toEqual({ok: true, value: null});
    journal.close();
    expect(readJournal({stateDir})).toMatchObject({value: {entries: records}});
  });

  test('cut anywhere by a crash keeps every complete line, moves the cut one aside and continues', async () => {
    const whole = [started(1), ready(1), ended(1)]
      .map((entry) => `${JSON.stringify({schemaVersion: 1, ...entry})}\n`)
      .join('');
    await fc.assert(
      fc.asyncProperty(fc.nat({max: whole.length}), async (cut) => {
        for (const name of readdirSync(stateDir)) rmSync(path.join(stateDir, name));
        const text = whole.slice(0, cut);
        writeFileSync(journalPath(stateDir), text);
        const {journal, entries, warnings} = await open();
        const tail = text.slice(text.lastIndexOf('\n') + 1);
        expect(entries).toHaveLength(text.split('\n').length - 1);
        expect(warnings).toHaveLength(tail === '' ? 0 : 1);
        const aside = readdirSync(stateDir).find((name) => name.includes('.torn-'));
        if (tail !== '') expect(readFileSync(path.join(stateDir, aside ?? ''), 'utf8')).toBe(tail);
        expect(journal.append(started(2))).toMatchObject({ok: true});
        journal.close();
        expect(readJournal({stateDir})).toMatchObject({value: {entries: [...entries, started(2)], warnings: []}});
      }),
      {numRuns: 60},
    );
  });

  test('has a run whose origins were recorded in another format', async () => {
    const {journal} = await open();
    journal.close();
    const installation = [{key: 'engine.executable', value: null, exact: 'null', origin: {from: 'default'}}];
    const line = {schemaVersion: 1, ...started(1), configured: {origins: {}, installation}};
    appendFileSync(journalPath(stateDir), `${JSON.stringify(line)}\n`);
    const read = readJournal({stateDir});
    expect(read).toMatchObject({ok: true, value: {warnings: []}});
    expect(read.ok && findAdoptableRun(read.value.entries)?.run).toEqual(runOf(1));
  });

  test('skips and reports a line that it cannot read', async () => {
    const {journal} = await open();
    journal.append(started(1));
    appendFileSync(
      journalPath(stateDir),
      'nonsense\n{"schemaVersion":2,"type":"run-ready"}\n{"schemaVersion":1,"type":"run-ready"}\n',
    );
    journal.append(ready(1));
    journal.close();
    const {entries, warnings} = await open();
    expect(entries).toEqual([started(1), ready(1)]);
    expect(warnings).toEqual([
      expect.stringContaining('line 2, was skipped: not JSON'),
      expect.stringContaining('line 3, was skipped: written by another version of Gantry'),
      expect.stringMatching(/line 4, was skipped: .*atMs/u),
    ]);
  });

  test('that cannot be opened is an error with its name', async () => {
    expect(await openJournal({stateDir: path.join(stateDir, 'none')})).toMatchObject({
      ok: false,
      error: {code: 'journal.unusable', message: expect.stringContaining('journal.jsonl')},
    });
  });
});

test('a run took from the start of its process until it was first ready', () => {
  const entries = [started(1), ended(1), started(2), ready(2), ready(2), ended(2)];
  expect(recordedStartMs(entries, 'run-1')).toBeNull();
  expect(recordedStartMs(entries, 'run-3')).toBeNull();
  expect(recordedStartMs(entries, runOf(2).runId)).toBe(2_001 - runOf(2).startedAtMs);
});

describe('the run to adopt', () => {
  test('is the newest one whose end is not recorded', () => {
    expect(findAdoptableRun([])).toBeNull();
    expect(findAdoptableRun([started(1), ended(1)])).toBeNull();
    expect(findAdoptableRun([started(1), ended(1), started(2), ready(2), stopRequested(2)])).toEqual({
      run: runOf(2),
      settings: settingsOf(),
      engineVersion: '0.25.1',
      readyAtMs: 2_001,
      isStopRequested: true,
      isOutputBroken: false,
      isTextUnchecked: false,
      simulated: null,
      crashes: null,
      intentionId: null,
    });
    expect(findAdoptableRun([started(1)])).toMatchObject({readyAtMs: null, isStopRequested: false});
  });

  test('was ready only if the journal says so for this run, not for an earlier one', () => {
    const entries = [started(1), ready(1), stopRequested(1), ended(1), started(2)];
    expect(findAdoptableRun(entries)).toMatchObject({run: runOf(2), readyAtMs: null, isStopRequested: false});
  });

  test('was ready if the start that it belongs to was done, also if its supervisor was killed before it recorded that', () => {
    const start: JournalEntry = Object.assign(started(1), {intention: 'start-1'});
    const done = (id: string): JournalEntry => ({type: 'intention-ended', atMs: 1_700, id, outcome: {kind: 'done'}});
    const failed: JournalEntry = {
      type: 'intention-ended',
      atMs: 1_700,
      id: 'start-1',
      outcome: {kind: 'failed', code: null},
    };
    expect(findAdoptableRun([start, done('start-1')])).toMatchObject({readyAtMs: 1_700, isTextUnchecked: true});
    for (const other of [failed, done('start-2')])
      expect(findAdoptableRun([start, other])).toMatchObject({readyAtMs: null, isTextUnchecked: false});
  });

  test('has the crashes that were counted until its launch, or until its newest hang', async () => {
    const cause = findingOf('vllm.out-of-memory');
    const crashes = (count: number) => ({count, restarts: count, sinceMs: 500, lastAtMs: 900, cause});
    const startedAfter = (number: number): JournalEntry => Object.assign(started(number), {crashes: crashes(number)});
    const entries: JournalEntry[] = [startedAfter(1), started(2), startedAfter(3)];
    expect(findAdoptableRun(entries.slice(0, 2))?.crashes).toBeNull();
    expect(findAdoptableRun(entries)?.crashes).toEqual(crashes(3));
    const hung: JournalEntry = {type: 'run-hung', runId: 'run-3', atMs: 4_000, crashes: crashes(4)};
    const {journal} = await open();
    for (const entry of [...entries, hung]) journal.append(entry);
    journal.close();
    expect(findAdoptableRun((await open()).entries)?.crashes).toEqual(crashes(4));
    const stable: JournalEntry = {type: 'run-stable', runId: 'run-3', atMs: 5_000};
    expect(findAdoptableRun([...entries, hung, stable])?.crashes).toBeNull();
    expect(findAdoptableRun([...entries, stable, hung])?.crashes).toEqual(crashes(4));
    expect(findAdoptableRun([...entries, {...stable, runId: 'run-1'}])?.crashes).toEqual(crashes(3));
  });

  test('is found also if its crashes cannot be read', async () => {
    const {journal} = await open();
    journal.append(started(1));
    journal.close();
    const text = readFileSync(journalPath(stateDir), 'utf8');
    writeFileSync(journalPath(stateDir), text.replace('"argv"', '"crashes":{"count":"many"},"argv"'));
    expect(findAdoptableRun((await open()).entries)).toMatchObject({run: runOf(1), crashes: null});
  });

  test('the end of an earlier run, recorded late, does not end the newest one', () => {
    expect(findAdoptableRun([started(1), started(2), ready(2), ended(1)])).toMatchObject({readyAtMs: 2_001});
  });

  test('a launch without an outcome is the newest one, until its outcome is known', () => {
    const {argv, settings} = Object(started(3));
    const launching: JournalEntry = {
      type: 'run-launching',
      atMs: 3_000,
      runId: 'run-3',
      settings,
      engineVersion: null,
      argv,
      simulated: null,
      directory: '/state/runs/run-3',
      bootId: 'boot',
    };
    expect(findInterruptedLaunch([])).toBeNull();
    expect(findInterruptedLaunch([started(1), ended(1), launching])).toEqual(launching);
    expect(findInterruptedLaunch([launching, started(3)])).toBeNull();
    expect(findInterruptedLaunch([launching, {type: 'launch-failed', atMs: 3_001, runId: 'run-3'}])).toBeNull();
    expect(findInterruptedLaunch([launching, {type: 'launch-failed', atMs: 3_001, runId: 'run-2'}])).toEqual(launching);
  });

  test('has the settings of the newest run that was ready as the last good ones', () => {
    expect(findLastGoodSettings([], false)).toBeNull();
    const entries = [started(1, 4_096), ready(1), ended(1), started(2, 8_192)];
    expect(findLastGoodSettings(entries, false)?.contextLengthTokens).toBe(4_096);
    // What was played on the simulated node is nothing to start the real one with.
    expect(findLastGoodSettings(entries, true)).toBeNull();
  });

  test('says when the newest run of its node began, whatever became of it', () => {
    expect(findEarlierRuns([], false)).toEqual({lastGoodSettings: null, lastStartedAtMs: null});
    const second = started(2, 8_192);
    const entries = [started(1, 4_096), ready(1), ended(1), second, ended(2)];
    const atMs = second.type === 'run-started' ? second.run.startedAtMs : null;
    expect(findEarlierRuns(entries, false)).toMatchObject({lastStartedAtMs: atMs});
    expect(findEarlierRuns(entries, true).lastStartedAtMs).toBeNull();
  });

  test.each(['isOutputBroken', 'isTextUnchecked'] as const)(
    'that generated no text known to be valid has no good settings, until it was (%s)',
    (mark) => {
      const broken: JournalEntry = {type: 'run-ready', atMs: 2_001, runId: 'run-2', [mark]: true};
      const entries = [started(1, 4_096), ready(1), ended(1), started(2, 8_192), broken];
      expect(findLastGoodSettings(entries, false)?.contextLengthTokens).toBe(4_096);
      expect(findAdoptableRun(entries)).toMatchObject({readyAtMs: 2_001, [mark]: true});
      const recovered = [...entries, ready(2)];
      expect(findLastGoodSettings(recovered, false)?.contextLengthTokens).toBe(8_192);
      expect(findAdoptableRun(recovered)).toMatchObject({readyAtMs: 2_001, [mark]: false});
    },
  );
});
