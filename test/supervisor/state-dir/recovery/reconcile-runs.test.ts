import {describe, expect, test} from 'vitest';
import type {JournalEntry} from '../../../../src/supervisor/state-dir/journal-entry.ts';
import {
  type RunTraces,
  reconcileRuns,
  type StrayEngine,
} from '../../../../src/supervisor/state-dir/recovery/reconcile-runs.ts';
import {runOf, settingsOf} from '../../../domain/lifecycle/lifecycle-samples.ts';

const moment = (number: number) => ({atMs: runOf(number).startedAtMs, runId: runOf(number).runId});
const launch = (number: number) => ({
  ...moment(number),
  settings: settingsOf(1_024 * number),
  engineVersion: null,
  argv: ['vllm'],
  simulated: null,
});
const launching = (number: number) =>
  ({
    type: 'run-launching',
    ...launch(number),
    directory: runOf(number).directory,
    bootId: runOf(number).bootId,
  }) as const;
const started = (number: number): JournalEntry => ({type: 'run-started', ...launch(number), run: runOf(number)});
const ready = (number: number): JournalEntry => ({type: 'run-ready', ...moment(number)});
const adopted = (number: number): JournalEntry => ({type: 'run-adopted', ...moment(number)});
const ended = (number: number): JournalEntry => ({type: 'run-ended', ...moment(number), status: 0, wasRequested: true});

const reconciled = (
  journal: readonly JournalEntry[],
  runs: readonly RunTraces[],
  strays: readonly StrayEngine[] = [],
) => reconcileRuns(journal, {runs, strays});

function traces(number: number, change: Partial<RunTraces> = {}): RunTraces {
  const {runId, directory, pid, sessionId, startTimeTicks, bootId} = runOf(number);
  return {
    runId,
    directory,
    hasDirectory: true,
    hasLog: true,
    hasBirth: true,
    entries: [],
    mark: null,
    living: {pid, sessionId, startTimeTicks, bootId},
    isListening: false,
    ...change,
  };
}

describe('one running engine', () => {
  test.each([
    ['journal', [launching(1), started(1), ready(1)], traces(1, {hasDirectory: false, hasLog: false, hasBirth: false})],
    ['run-directory', [], traces(1, {entries: [launching(1), started(1), ready(1)]})],
    ['run-directory', [], traces(1, {entries: [launching(1), ready(1)], hasBirth: false})],
    ['processes', [ready(1)], traces(1, {mark: launching(1), hasDirectory: false, hasBirth: false})],
  ] as const)('is adopted from its %s alone', (source, journal, run) => {
    const found = reconciled(journal, [run]);
    expect(found.adoptable).toMatchObject({run: runOf(1), settings: settingsOf(1_024), readyAtMs: moment(1).atMs});
    expect(found.incomplete).toMatchObject({source});
    expect(found.others).toEqual([]);
    // What was added makes the next look complete.
    expect(reconciled(found.entries, [run]).added).toEqual([]);
  });

  test('with all records lacks nothing, and nothing is added', () => {
    const entries = [launching(1), started(1), ready(1)];
    const found = reconciled(entries, [traces(1, {entries, mark: launching(1)})]);
    expect(found).toMatchObject({incomplete: null, added: [], others: []});
    expect(found.entries).toEqual(entries);
  });

  test('is adopted where its files are now', () => {
    const found = reconciled([started(1)], [traces(1, {directory: '/moved/runs/1'})]);
    expect(found.adoptable?.run.directory).toBe('/moved/runs/1');
  });

  test('without any record of its settings is named, and not adopted', () => {
    const found = reconciled([], [traces(1)]);
    expect(found).toMatchObject({adoptable: null, managed: null, incomplete: null});
    const unknown = {reason: 'unknown', model: null, port: null, stateDir: '/state'};
    expect(found.others).toEqual([{...traces(1).living, runId: runOf(1).runId, ...unknown}]);
  });

  test('is adopted also if its end is recorded', () => {
    expect(reconciled([started(1), ready(1), ended(1)], [traces(1)]).adoptable?.run).toEqual(runOf(1));
  });
});

describe('of several running engines', () => {
  const both = [started(1), started(2)];

  test.each([
    ['the one that listens', true, 1],
    ['the newest where none listens', false, 2],
  ])('%s is managed, the other named', (_, isListening, managed) => {
    const found = reconciled(both, [traces(1, {isListening}), traces(2)]);
    expect(found.adoptable?.run).toEqual(runOf(managed));
    expect(found.others).toMatchObject([{runId: runOf(3 - managed).runId, reason: 'another-is-managed'}]);
  });

  test('one without settings does not displace one with settings', () => {
    const found = reconciled([started(1)], [traces(1), traces(2, {isListening: true})]);
    expect(found.adoptable?.run).toEqual(runOf(1));
    expect(found.others).toMatchObject([{runId: runOf(2).runId, reason: 'unknown'}]);
  });
});

describe('without a running engine', () => {
  const gone = (number: number, entries: readonly JournalEntry[] = []) => traces(number, {living: null, entries});

  test('a lost journal gets back the runs that have files, in their order, so that the last one is concluded', () => {
    const first = [launching(1), started(1), ready(1), ended(1)];
    const second = [launching(2), started(2)];
    const found = reconciled([], [gone(1, first), gone(2, second)]);
    expect(found.entries).toEqual([...first, ...second]);
    expect(found.adoptable?.run).toEqual(runOf(2));
    expect(reconciled([...second, ended(2)], [gone(1, first), gone(2, second)]).entries).toEqual([
      ...first,
      ...second,
      ended(2),
    ]);
  });

  test('processes that are left of a run are named, unless the next supervisor takes care of that run', () => {
    const {pid, sessionId, startTimeTicks, bootId, runId} = runOf(1);
    const known = {model: null, port: null, stateDir: '/state'};
    const left = {pid, sessionId, startTimeTicks, bootId, runId, reason: 'left-over', ...known} as const;
    expect(reconciled([started(1), ended(1)], [gone(1)], [left]).strays).toEqual([left]);
    expect(reconciled([started(1)], [gone(1)], [left]).strays).toEqual([]);
  });

  test('an end that only the files have is an end', () => {
    const found = reconciled([started(1)], [gone(1, [started(1), ended(1)])]);
    expect(found).toMatchObject({adoptable: null, added: [ended(1)]});
  });

  test('what a compacted journal has left out does not come back', () => {
    const entries = [started(1), ended(1)];
    expect(reconciled(entries, [gone(1, [started(1), adopted(1), adopted(1), ended(1)])]).added).toEqual([]);
  });

  test('without a journal and runs there is nothing to adopt', () => {
    expect(reconciled([], [])).toMatchObject({adoptable: null, entries: [], others: [], incomplete: null});
  });
});
