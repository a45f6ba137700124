import {expect, test} from 'vitest';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {defaultRestartPolicy, type RestartPolicy} from '../../../src/domain/lifecycle/restart-policy.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {describeEvent, eventsFor} from './describe-event.ts';
import {
  after,
  findingOf,
  firing,
  goneEvents,
  runOf,
  settingsOf,
  startEvent,
  stopEvent,
  toReady,
  toStarting,
} from './lifecycle-samples.ts';

const {runId} = runOf(1);
const under = (restart: Partial<RestartPolicy>): LifecycleState =>
  initialLifecycleState({
    lastGoodSettings: settingsOf(8_192),
    policy: {restart: {...defaultRestartPolicy, ...restart}},
  });
const manual = under({isAutomatic: false});
const hanging = under({hangRestartAfterMs: 600_000, maxRestarts: 1});

const exited = {type: 'engine-exited', runId, status: 1} as const;
const stalled = {
  type: 'progress-stalled',
  runId,
  stall: {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0},
} as const;
const failed = {type: 'probe-failed', runId, answer: 'no answer.'} as const;
const broken = {...failed, finding: findingOf('engine.output-collapsed'), isBrokenOutput: true} as const;
const restart = {
  type: 'restart-requested',
  settings: settingsOf(262_144),
  drainMs: 0,
  force: false,
  rollback: true,
} as const;
const own = {type: 'log-failure', runId, finding: findingOf('vllm.out-of-memory')} as const;

/** A crash, its restart, and the second run that is being started. */
function startedAgain(from: LifecycleState): LifecycleState {
  const waiting = after([...toReady, exited, ...goneEvents], from).state;
  const begun = after([firing(waiting, 'back-off')], waiting).state;
  const {attempt} = begun.internal;
  return after(
    [
      {type: 'preflight-passed', attempt},
      {type: 'engine-spawned', run: runOf(2)},
    ],
    begun,
  ).state;
}

function states(): Readonly<Record<string, LifecycleState>> {
  const unkillable = after([...toReady, stopEvent], manual).state;
  const killed = after([firing(unkillable, 'terminate')], unkillable).state;
  const undead = after([firing(killed, 'kill')], killed).state;
  const unfreed = after([...toReady, stopEvent, exited, {type: 'processes-gone', runId}], manual).state;
  const secondReady = after([{type: 'probe-succeeded', runId: 'run-2'}], startedAgain(hanging)).state;
  const waiting = after([...toReady, exited, ...goneEvents], under({})).state;
  const replaced = after([...toReady, restart, exited, ...goneEvents], under({})).state;
  const restarted = after(
    [
      {type: 'preflight-passed', attempt: replaced.internal.attempt},
      {type: 'engine-spawned', run: runOf(2)},
      {type: 'probe-succeeded', runId: 'run-2'},
    ],
    replaced,
  ).state;
  return {
    stopped: under({}),
    preflight: after([startEvent], under({})).state,
    'starting, not launched': after(toStarting.slice(0, 2), under({})).state,
    'starting, loading': after(
      [...toStarting, {type: 'log-progress', runId, phase: 'load-weights', ratio: 0.2}],
      under({}),
    ).state,
    'starting, with a failure in the log': after([...toStarting, own], manual).state,
    'starting, adopted': after(
      [{type: 'engine-adopted', run: runOf(1), settings: settingsOf(), readyAtMs: null}],
      under({}),
    ).state,
    'starting again after a crash': startedAgain(under({})),
    'preflight of a restart with rollback': replaced,
    'preflight of an automatic restart': after([firing(waiting, 'back-off')], waiting).state,
    ready: after(toReady, hanging).state,
    'ready, no restart allowed': after(toReady, under({maxRestarts: 0})).state,
    'ready, after a restart with rollback': restarted,
    'ready, by tokens for others': after([...toStarting, {...failed, meanwhile: 'generated'}], under({})).state,
    'ready, with broken output': after([...toStarting, broken, broken], under({})).state,
    'ready, after one failed probe': after([...toReady, failed], under({})).state,
    'ready again after a crash': secondReady,
    'degraded, stalled': after([...toReady, stalled], hanging).state,
    'degraded, stalled, at the limit of restarts': after([{...stalled, runId: 'run-2'}], secondReady).state,
    'degraded, without an answer': after([...toReady, failed, failed], under({})).state,
    'degraded, not answering': after([...toReady, {type: 'server-silent', runId, unansweredMs: 30_000}], under({}))
      .state,
    draining: after([...toReady, {type: 'stop-requested', drainMs: 60_000}], under({})).state,
    stopping: after([...toReady, stopEvent], under({})).state,
    'stopping, to restart': after([...toReady, restart], under({})).state,
    'stopping, exited': after([...toReady, stopEvent, exited], under({})).state,
    'stopping, processes gone, no exit reported': after(
      [...toReady, stopEvent, {type: 'processes-gone', runId}],
      under({}),
    ).state,
    'stopping, memory in use': unfreed,
    'stopping, to restart, memory in use': after(
      [...toReady, restart, exited, {type: 'processes-gone', runId}],
      under({}),
    ).state,
    'stopping, killed': killed,
    'failed, processes remain': undead,
    'failed, being cleaned up': after([...toReady, exited], manual).state,
    failed: after([...toReady, exited, ...goneEvents], manual).state,
    'stopped, memory in use': after([firing(unfreed, 'memory')], unfreed).state,
    'waiting to restart, being cleaned up': after([...toReady, exited], under({})).state,
    'waiting to restart': waiting,
  };
}

function eventTable(): string {
  const sections = Object.entries(states()).map(([name, state]) => {
    const outcomes = eventsFor(state).map(([event, happening]) => [event, describeEvent(state, happening)] as const);
    const rows = outcomes.flatMap(([event, outcome]) => (outcome === null ? [] : [`| ${event} | ${outcome} |`]));
    return [`## ${name}`, '', '| event | what follows |', '|---|---|', ...rows, ''].join('\n');
  });
  return [
    '# What each event does in each state',
    '',
    'Written by describe-event.test.ts from the transition function; update it with `vitest -u`. An event that is not',
    'listed does nothing in that state. A state in bold is the new one; times are in milliseconds.',
    '',
    ...sections,
  ].join('\n');
}

test('the event table says what the transition function does', async () => {
  await expect(eventTable()).toMatchFileSnapshot('event-table.md');
});

test('what belongs to another run, attempt or timer does nothing in any state', () => {
  const other = runOf(77).runId;
  for (const [name, state] of Object.entries(states())) {
    for (const [event, happening] of eventsFor(state)) {
      const foreign =
        'runId' in happening
          ? {...happening, runId: other}
          : 'attempt' in happening
            ? {...happening, attempt: happening.attempt + 1}
            : happening.type === 'timer-fired'
              ? {...happening, id: happening.id + 1_000}
              : null;
      // The memory of a run that is over may be freed late.
      if (foreign === null || foreign.type === 'memory-freed') continue;
      expect(describeEvent(state, foreign), `${event} in ${name}`).toBeNull();
    }
  }
});
