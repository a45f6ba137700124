import {beforeEach, expect, test} from 'vitest';
import {err, ok} from '../../../src/shared/result.ts';
import {type UnrecordedStop, withBacklog} from '../../../src/supervisor/state-dir/journal-backlog.ts';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import type {StopMark} from '../../../src/supervisor/state-dir/stop-mark.ts';
import {runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {intentionOf} from './journal-samples.ts';

const full = err({code: 'journal.unusable', message: 'ENOSPC', remedy: ''});
const begun = (intention: ReturnType<typeof intentionOf>): JournalEntry => ({
  type: 'intention-begun',
  atMs: 1,
  intention,
  bootId: 'boot',
  simulated: null,
});
const start = begun(intentionOf('start-1'));
const stop = begun(intentionOf('stop-2', {verb: 'stop', start: null}));
const launch = {atMs: 1, settings: settingsOf(), engineVersion: null, argv: [], simulated: null};
const started: JournalEntry = {type: 'run-started', ...launch, runId: 'run-1', run: runOf(1)};
const requested: JournalEntry = {type: 'run-stop-requested', atMs: 2, runId: 'run-1'};
const ended: JournalEntry = {type: 'run-ended', atMs: 3, runId: 'run-1', status: 0, wasRequested: true};
const superseded: JournalEntry = {
  type: 'intention-ended',
  atMs: 2,
  id: 'start-1',
  outcome: {kind: 'superseded', by: 'stop-2'},
};

let isFull: boolean;
let file: JournalEntry[];
let mark: StopMark | null;
let place: string | null;
let told: (UnrecordedStop | null)[];
beforeEach(() => {
  isFull = false;
  file = [];
  mark = null;
  place = '/run/gantry-stop';
  told = [];
});

function open(entries: readonly JournalEntry[] = []) {
  return withBacklog({
    journal: {
      path: 'journal.jsonl',
      append: (entry) => {
        if (isFull) return full;
        file.push(entry);
        return ok(null);
      },
      rewrite: () => ok(null),
      close: () => undefined,
    },
    entries,
    marks: {
      write: (written) => {
        if (place !== null) mark = written;
        return place;
      },
      remove: () => {
        mark = null;
      },
    },
    onStop: (unrecorded) => told.push(unrecorded),
  });
}

test('a stop that cannot be written is noted with the run and the command that it is about, and said', () => {
  const journal = open();
  journal.append(start);
  journal.append(started);
  told.length = 0;
  isFull = true;
  expect(journal.append(stop)).toBe(full);
  expect(mark).toEqual({stop, after: {run: runOf(1), intention: 'start-1'}});
  expect(told).toEqual([{notedIn: place}]);
  place = null;
  journal.append(stop);
  expect(told.at(-1), 'nowhere').toEqual({notedIn: null});
});

test('what was carried out is written in its order as soon as it can be, and the mark is removed', () => {
  const journal = open([start, started]);
  isFull = true;
  for (const entry of [superseded, stop, requested, ended]) expect(journal.append(entry).ok).toBe(false);
  isFull = false;
  const adopted: JournalEntry = {type: 'run-adopted', atMs: 9, runId: 'run-1'};
  expect(journal.append(adopted)).toEqual(ok(null));
  expect(file).toEqual([stop, requested, ended, adopted]);
  expect([mark, told.at(-1)]).toEqual([null, null]);
});

test('a start that was refused because of it is not written later', () => {
  const journal = open([start, started]);
  isFull = true;
  const second = begun(intentionOf('start-9'));
  for (const entry of [{...superseded, outcome: {kind: 'superseded', by: 'start-9'}} as const, second]) {
    expect(journal.append(entry).ok).toBe(false);
  }
  expect(mark).toBeNull();
  isFull = false;
  journal.append(ended);
  expect(file).toEqual([ended]);
});

test('the decisions of the policy are written later too, and are no stop of the operator', () => {
  const journal = open([start, started]);
  isFull = true;
  const restart = begun(intentionOf('restart-3', {verb: 'restart', cause: 'crash'}));
  expect(journal.append(restart).ok).toBe(false);
  expect([mark, told]).toEqual([null, []]);
  isFull = false;
  journal.append(requested);
  expect(file).toEqual([restart, requested]);
});
