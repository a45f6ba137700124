import {expect, test} from 'vitest';
import {defaultLifecyclePolicy} from '../../../../src/domain/lifecycle/restart-policy.ts';
import {initialLifecycleState} from '../../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../../src/domain/lifecycle/transition.ts';
import {err, ok} from '../../../../src/shared/result.ts';
import {takeoverEvents} from '../../../../src/supervisor/loop/take-over.ts';
import {findAdoptableRun} from '../../../../src/supervisor/state-dir/journal.ts';
import type {JournalEntry} from '../../../../src/supervisor/state-dir/journal-entry.ts';
import type {RecoveredRuns} from '../../../../src/supervisor/state-dir/recovery/recover-runs.ts';
import {recoverStop} from '../../../../src/supervisor/state-dir/recovery/recover-stop.ts';
import type {StopMark, StopSubject} from '../../../../src/supervisor/state-dir/stop-mark.ts';
import {runOf, settingsOf} from '../../../domain/lifecycle/lifecycle-samples.ts';
import {intentionOf} from '../journal-samples.ts';

const run = runOf(1);
const {runId} = run;
const atMs = 1_000_000;
const launch = {atMs: 1, runId, settings: settingsOf(), engineVersion: null, argv: [], simulated: null};
const recorded: readonly JournalEntry[] = [
  {type: 'intention-begun', atMs: 0, intention: intentionOf('start-1'), bootId: 'boot', simulated: null},
  {type: 'run-started', ...launch, run, intention: 'start-1'},
  {type: 'run-ready', atMs: 2, runId},
  {type: 'intention-ended', atMs: 2, id: 'start-1', outcome: {kind: 'done'}},
];
const mark: StopMark = {
  stop: {
    type: 'intention-begun',
    atMs,
    intention: intentionOf('stop-2', {verb: 'stop', start: null, requestedAtMs: atMs}),
    bootId: 'boot',
    simulated: null,
  },
  after: {run, intention: 'start-1'},
};

function recover(found: StopMark | null, isFull = false) {
  const written: JournalEntry[] = [];
  const subjects: StopSubject[] = [];
  let removed = 0;
  const runs: RecoveredRuns = {
    entries: recorded,
    added: [],
    adoptable: findAdoptableRun(recorded),
    managed: null,
    incomplete: null,
    others: [],
    strays: [],
    problems: [],
  };
  const after = recoverStop(
    runs,
    {
      append: (entry) => {
        if (isFull) return err({code: 'journal.unusable', message: 'ENOSPC', remedy: ''});
        written.push(entry);
        return ok(null);
      },
    },
    {
      find: (subject) => {
        subjects.push(subject);
        return found;
      },
      remove: () => {
        removed += 1;
      },
    },
  );
  return {after, written, subjects, removed};
}

/** The state of the next supervisor once it has found the engine gone. */
function stateAfter({entries, adoptable}: RecoveredRuns) {
  const now = {nowMs: atMs + 60_000, bootId: 'boot', isRunAlive: false, policy: defaultLifecyclePolicy.restart};
  const events = takeoverEvents(adoptable, entries, now);
  const exited = {type: 'engine-exited', runId, status: 0, past: null} as const;
  return [...events, exited].reduce(
    (state, event) => transition(state, {...event, atMs: now.nowMs}).state,
    initialLifecycleState(),
  );
}

test('a stop that could not be journaled is journaled by the next supervisor, and is no crash', () => {
  const {after, written, subjects} = recover(mark);
  expect(subjects).toEqual([mark.after]);
  expect(written).toEqual([mark.stop]);
  expect(stateAfter(after)).toMatchObject({
    state: 'stopping',
    exit: {wasRequested: true},
    crashes: null,
    backOff: null,
    intention: {id: 'stop-2', by: 'cli root@pts/0'},
  });
  expect(stateAfter(recover(null).after), 'without it, it is one').toMatchObject({
    state: 'backing-off',
    exit: {wasRequested: false},
  });
});

test('it counts also while it still cannot be written, and that is reported', () => {
  const {after} = recover(mark, true);
  expect(after.problems).toMatchObject([{code: 'journal.unusable'}]);
  expect(stateAfter(after)).toMatchObject({state: 'stopping', crashes: null});
});

test('a mark about something else is removed', () => {
  expect(recover(null)).toMatchObject({removed: 1, written: []});
});
