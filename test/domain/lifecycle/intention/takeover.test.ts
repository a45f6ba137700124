import {describe, expect, test} from 'vitest';
import type {Intention} from '../../../../src/domain/lifecycle/intention/intention.ts';
import type {LifecycleState} from '../../../../src/domain/lifecycle/lifecycle.ts';
import {defaultRestartPolicy, type RestartPolicy} from '../../../../src/domain/lifecycle/restart-policy.ts';
import {initialLifecycleState} from '../../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../../src/domain/lifecycle/transition.ts';
import {takeoverEvents} from '../../../../src/supervisor/loop/take-over.ts';
import {findAdoptableRun} from '../../../../src/supervisor/state-dir/journal.ts';
import type {JournalEntry} from '../../../../src/supervisor/state-dir/journal-entry.ts';
import {intentionOf} from '../../../supervisor/state-dir/journal-samples.ts';
import {findingOf, runOf, settingsOf} from '../lifecycle-samples.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const AT_MS = 10 * DAY_MS;
const run = runOf(1);
const {runId} = run;
const launch = {runId, settings: settingsOf(), engineVersion: null, argv: [], simulated: null};
const served: readonly JournalEntry[] = [
  {type: 'run-started', atMs: 1_000, ...launch, run},
  {type: 'run-ready', atMs: 2_000, runId},
];
const drained = {requestedAtMs: AT_MS, drainUntilMs: AT_MS + 10 * MINUTE_MS};
const crashes = {count: 1, restarts: 2, sinceMs: AT_MS, lastAtMs: AT_MS, cause: findingOf('vllm.cuda-error')};
const backOff = {attempt: 2, maxAttempts: 5, untilMs: AT_MS + MINUTE_MS};
const crash = {requestedAtMs: AT_MS, verb: 'restart', cause: 'crash', by: null, crashes, backOff} as const;

function begun(change: Partial<Intention>): JournalEntry {
  const intention = intentionOf('it', change);
  return {type: 'intention-begun', atMs: intention.requestedAtMs, intention, bootId: 'boot', simulated: null};
}

type Circumstances = {
  readonly nowMs: number;
  readonly isRunAlive?: boolean;
  readonly bootId?: string;
  readonly policy?: Partial<RestartPolicy>;
};

/** What the next supervisor makes of a journal, and what it records. */
function takenOver(entries: readonly JournalEntry[], circumstances: Circumstances) {
  const {nowMs, isRunAlive = true, bootId = 'boot'} = circumstances;
  const policy = {...defaultRestartPolicy, ...circumstances.policy};
  let state: LifecycleState = initialLifecycleState({policy: {restart: policy}});
  const journal = [...entries];
  const effects: string[] = [];
  for (const event of takeoverEvents(findAdoptableRun(entries), entries, {nowMs, bootId, isRunAlive, policy})) {
    const next = transition(state, {...event, atMs: nowMs});
    for (const record of next.intentions ?? []) {
      if (record.type !== 'intention-begun') journal.push(record);
    }
    for (const effect of next.effects) {
      effects.push(effect.type);
      if (effect.type === 'record') journal.push(effect.entry);
    }
    state = next.state;
  }
  return {state, journal, effects};
}

describe('an intention that nobody carried on for days', () => {
  const stop = {verb: 'stop', start: null} as const;
  const late: Readonly<Record<string, Partial<Intention>>> = {
    'a stop': {...stop, requestedAtMs: AT_MS},
    'a stop with a drain': {...stop, ...drained},
    'a restart with a drain': {verb: 'restart', ...drained},
    'an automatic restart of an engine that hung': {...crash, cause: 'hang', backOff: null},
  };

  test.each(Object.entries(late))('does not stop an engine that serves: %s', (_, change) => {
    const entries = [...served, begun(change), {type: 'run-stop-requested', atMs: AT_MS, runId} as const];
    const policy = {hangRestartAfterMs: MINUTE_MS};
    const {state, journal, effects} = takenOver(entries, {nowMs: AT_MS + 2 * DAY_MS, policy});
    expect(state.state).toBe('ready');
    expect(effects).not.toContain('terminate-leader');
    expect(state.givenUp?.reason).toMatchObject({kind: 'too-late'});
    // Nor does any later supervisor, also once the operator has acted.
    const next = takenOver(journal, {nowMs: AT_MS + 3 * DAY_MS, policy});
    expect([next.state.state, next.state.givenUp?.reason.kind]).toEqual(['ready', 'too-late']);
    const up = {type: 'start-requested', settings: settingsOf(), force: false, atMs: AT_MS + 3 * DAY_MS} as const;
    const acted = transition(next.state, up);
    const afterwards = [
      ...next.journal,
      ...(acted.intentions ?? []).filter((record) => record.type === 'intention-ended'),
    ];
    const last = takenOver(afterwards, {nowMs: AT_MS + 4 * DAY_MS, policy});
    expect([last.state.state, last.state.givenUp]).toEqual(['ready', null]);
  });

  const starts: Readonly<Record<string, Partial<Intention>>> = {
    'a start': {requestedAtMs: AT_MS},
    'a restart after a crash': crash,
    'a restart after a hang': {...crash, cause: 'hang', backOff: null},
    'a return to the last good settings': {...crash, cause: 'rollback', backOff: null, crashes: null},
  };

  test.each(Object.entries(starts))('starts no engine, not even after a reboot: %s', (_, change) => {
    for (const bootId of ['boot', 'another']) {
      const policy = {hangRestartAfterMs: MINUTE_MS};
      const {state, effects} = takenOver([begun(change)], {nowMs: AT_MS + 2 * DAY_MS, bootId, policy});
      expect(state.state).toBe('failed');
      expect(effects).not.toContain('run-preflight');
      expect(state.givenUp?.reason.kind).toBe(bootId === 'boot' || change.by === null ? 'too-late' : 'rebooted');
    }
  });

  test('is carried on for fifteen minutes after it was due', () => {
    const dueMs = AT_MS + MINUTE_MS;
    const within = takenOver([begun(crash)], {nowMs: dueMs + 15 * MINUTE_MS});
    expect([within.state.state, within.state.continuedStep]).toEqual(['preflight', 'checking']);
    const beyond = takenOver([begun(crash)], {nowMs: dueMs + 15 * MINUTE_MS + 1});
    expect(beyond.state.givenUp?.reason).toEqual({kind: 'too-late', dueAtMs: dueMs});
  });

  test('is reached where it was a stop and the engine is gone, with no restart of it', () => {
    const entries = [...served, begun({...stop, requestedAtMs: AT_MS})];
    const {state} = takenOver(entries, {nowMs: AT_MS + 2 * DAY_MS, isRunAlive: false});
    expect([state.state, state.givenUp, state.internal.isStopRequested]).toEqual(['stopping', null, true]);
  });

  test('of an engine that was stopped for a restart is given up without starting one', () => {
    const entries = [...served, begun({verb: 'restart', ...drained})];
    const {state} = takenOver(entries, {nowMs: AT_MS + 2 * DAY_MS, isRunAlive: false});
    expect([state.state, state.pending, state.givenUp?.reason.kind]).toEqual(['stopping', null, 'too-late']);
  });
});

test('a drain that ended while nobody watched gets its whole time again', () => {
  const {state, effects} = takenOver([...served, begun({verb: 'stop', start: null, ...drained})], {
    nowMs: AT_MS + 12 * MINUTE_MS,
  });
  expect([state.state, state.continuedStep]).toEqual(['draining', 'draining']);
  expect(state.drainUntilMs).toBe(AT_MS + 22 * MINUTE_MS);
  expect(state.intention?.drainUntilMs).toBe(AT_MS + 22 * MINUTE_MS);
  expect(effects).not.toContain('terminate-leader');
});

test('after the clock was set back, a drain and a delay are not longer than they were to be', () => {
  const nowMs = AT_MS - DAY_MS;
  const draining = takenOver([...served, begun({verb: 'restart', ...drained})], {nowMs}).state;
  expect([draining.state, draining.drainUntilMs]).toEqual(['draining', nowMs + 10 * MINUTE_MS]);
  const waiting = takenOver([begun(crash)], {nowMs}).state;
  expect([waiting.state, waiting.backOff?.untilMs]).toEqual(['backing-off', nowMs + MINUTE_MS]);
});

describe('an automatic restart under another policy', () => {
  const hang = {...crash, cause: 'hang', backOff: null} as const;
  const forbidden: readonly (readonly [string, Partial<Intention>, Partial<RestartPolicy>])[] = [
    ['automatic restarts turned off', crash, {isAutomatic: false}],
    ['fewer restarts', crash, {maxRestarts: 1}],
    ['no restart of an engine that hung', hang, {hangRestartAfterMs: null}],
    ['fewer restarts after a hang', hang, {hangRestartAfterMs: MINUTE_MS, maxRestarts: 1}],
  ];

  test.each(forbidden)('is given up: %s', (_, change, policy) => {
    const {state, effects} = takenOver([begun(change)], {nowMs: AT_MS + 1_000, policy});
    expect(state.givenUp?.reason).toEqual({kind: 'not-allowed'});
    expect([state.state, effects]).toEqual(['failed', []]);
  });

  test('leaves an engine that hung as it is', () => {
    const {state, effects} = takenOver([...served, begun(hang)], {nowMs: AT_MS + 1_000});
    expect([state.state, state.givenUp?.reason]).toEqual(['ready', {kind: 'not-allowed'}]);
    expect(effects).not.toContain('terminate-leader');
  });

  test('is carried on where the policy still allows it, and so is what an operator asked for', () => {
    expect(takenOver([begun(crash)], {nowMs: AT_MS + 1_000, policy: {maxRestarts: 2}}).state.state).toBe('backing-off');
    const off = {isAutomatic: false};
    expect(takenOver([begun({requestedAtMs: AT_MS})], {nowMs: AT_MS, policy: off}).state.state).toBe('preflight');
    const rollback = {...crash, cause: 'rollback', backOff: null} as const;
    expect(takenOver([begun(rollback)], {nowMs: AT_MS, policy: off}).state.state).toBe('preflight');
  });
});

test('a command after a give-up ends it for the next supervisor too, also one that finds nothing to do', () => {
  const {state, journal} = takenOver([begun({requestedAtMs: AT_MS})], {nowMs: AT_MS + DAY_MS, bootId: 'another'});
  expect(state.givenUp?.reason.kind).toBe('rebooted');
  const down = transition(state, {type: 'stop-requested', drainMs: 0, atMs: AT_MS + DAY_MS});
  expect(down.intentions).toMatchObject([{type: 'intention-ended', id: 'it', outcome: {kind: 'superseded'}}]);
  const ended = (down.intentions ?? []).filter((record) => record.type === 'intention-ended');
  const next = takenOver([...journal, ...ended], {nowMs: AT_MS + 2 * DAY_MS, bootId: 'another'});
  expect([next.state.state, next.state.givenUp]).toEqual(['stopped', null]);
});
