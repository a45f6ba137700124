import {expect, test} from 'vitest';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import {type Cause, eventsOfChange} from '../../../src/supervisor/events/lifecycle-events.ts';
import {after, findingOf, runOf, settingsOf, type TimelessEvent} from '../../domain/lifecycle/lifecycle-samples.ts';

const stopped = initialLifecycleState();
const starting: readonly TimelessEvent[] = [
  {type: 'start-requested', settings: settingsOf(), force: false},
  {type: 'preflight-passed', attempt: 1},
  {type: 'engine-spawned', run: runOf(1)},
];
const ready: readonly TimelessEvent[] = [...starting, {type: 'probe-succeeded', runId: 'run-1'}];

/** Events of the last of these happenings. */
function eventsOf(events: readonly TimelessEvent[], cause: Cause = null, policy = {}) {
  const from = initialLifecycleState({policy});
  const before = events.length > 1 ? after(events.slice(0, -1), from).state : from;
  return eventsOfChange(after(events, from).state, before, {atMs: 7, cause});
}

const shortOf = (events: ReturnType<typeof eventsOf>) => events.map(({code, actor}) => `${code} by ${actor}`);

test('a start is logged from the command to the first token, with the run and the actors', () => {
  expect(shortOf(eventsOf(starting.slice(0, 1), 'command'))).toEqual(['engine.preflight by operator']);
  expect(shortOf(eventsOf(starting.slice(0, 2)))).toEqual(['engine.starting by supervisor']);
  expect(eventsOf(starting)).toEqual([
    {
      atMs: 7,
      code: 'engine.spawned',
      severity: 'info',
      actor: 'supervisor',
      message: 'Engine process started (pid 1001).',
      runId: 'run-1',
      details: {pid: 1001},
    },
  ]);
  expect(eventsOf(ready)).toMatchObject([
    {code: 'engine.ready', actor: 'engine', runId: 'run-1', details: {from: 'starting', startMs: 13_000}},
  ]);
});

test('a forced start claims no passed checks', () => {
  const messageOf = (force: boolean): string | undefined =>
    eventsOf([
      {type: 'start-requested', settings: settingsOf(), force},
      {type: 'preflight-passed', attempt: 1},
    ])[0]?.message;
  expect(messageOf(false)).toMatch(/passed/);
  expect(messageOf(true)).not.toMatch(/passed/);
});

test('progress within a state is not an event', () => {
  expect(eventsOf([...starting, {type: 'log-phase', runId: 'run-1', phase: 'load-weights'}])).toEqual([]);
});

test('an unexpected exit is an event of the engine with status and reason, followed by the restart of the policy', () => {
  const events = eventsOf([...ready, {type: 'engine-exited', runId: 'run-1', status: 137}]);
  expect(events).toMatchObject([
    {
      code: 'engine.exited',
      severity: 'critical',
      actor: 'engine',
      runId: 'run-1',
      message: expect.stringMatching(/^The engine exited unexpectedly: exit status 137 \(SIGKILL\)\. ./),
      details: {status: 137, wasRequested: false, finding: 'lifecycle.engine-exited'},
    },
    {
      code: 'engine.backing-off',
      severity: 'warning',
      actor: 'policy',
      message: expect.stringMatching(/^Automatic restart 1 of \d in \d+ s\.$/),
      details: {attempt: 1, from: 'ready'},
    },
  ]);
});

test('an exit that nobody watched has its own time, or none, and the restart is counted from now', () => {
  const hourMs = 3_600_000;
  const nowMs = 100 * hourMs;
  const adopted = transition(stopped, {
    type: 'engine-adopted',
    run: runOf(1),
    settings: settingsOf(),
    readyAtMs: hourMs,
    atMs: nowMs,
  }).state;
  const messages = (exitedAtMs: number | null) => {
    const past = {exitedAtMs, seenAtMs: null, dueAtMs: nowMs - 600_000};
    const exited = {type: 'engine-exited', runId: 'run-1', status: 137, past, atMs: nowMs} as const;
    const events = eventsOfChange(transition(adopted, exited).state, adopted, {atMs: nowMs, cause: null});
    return events.map(({message, details}) => [message, details]);
  };
  const restart = [expect.stringMatching(/^Automatic restart 1 of \d in \d+ s\.$/), expect.anything()];
  const exitedAtMs = nowMs - 600_000;
  expect(messages(exitedAtMs)).toEqual([
    [expect.stringMatching(/unexpectedly: exit status 137/), expect.objectContaining({exitedAtMs})],
    restart,
  ]);
  expect(messages(null)).toEqual([
    [
      expect.stringMatching(/unexpectedly at an unknown time: exit status 137/),
      expect.objectContaining({exitedAtMs: null}),
    ],
    restart,
  ]);
});

test('without automatic restarts it stays down, and a cause on the host is attributed to the host', () => {
  const events = eventsOf(
    [
      ...ready,
      {type: 'log-failure', runId: 'run-1', finding: findingOf('host.out-of-memory')},
      {type: 'engine-exited', runId: 'run-1', status: 137},
    ],
    null,
    {restart: {...stopped.internal.policy.restart, isAutomatic: false}},
  );
  expect(shortOf(events)).toEqual(['engine.exited by host', 'engine.failed by host']);
  expect(events[1]).toMatchObject({
    severity: 'critical',
    message: 'The engine stays down: it is not restarted automatically.',
    details: {finding: 'host.out-of-memory'},
  });
});

test('a requested exit is not a problem', () => {
  const stopping: readonly TimelessEvent[] = [...ready, {type: 'stop-requested', drainMs: 0}];
  expect(shortOf(eventsOf(stopping, 'command'))).toEqual(['engine.stopping by operator']);
  const events = eventsOf([...stopping, {type: 'engine-exited', runId: 'run-1', status: 0}]);
  expect(events).toMatchObject([
    {code: 'engine.exited', severity: 'info', message: 'The engine exited as requested: exit status 0.'},
  ]);
});

test('a stop counts the requests that it drops; one of an idle engine, or of one that is not serving, none', () => {
  const stopping = (pending: {runningRequests: number; waitingRequests: number}, before = after(ready).state) => {
    const {state} = after([{type: 'stop-requested', drainMs: 0}], before);
    return eventsOfChange(state, before, {atMs: 7, cause: 'command', pending});
  };
  expect(stopping({runningRequests: 6, waitingRequests: 24})).toMatchObject([
    {
      code: 'engine.stopping',
      message: 'Stopping the engine. 6 running and 24 waiting requests are dropped unless finished before it exits.',
      details: {runningRequests: 6, waitingRequests: 24},
    },
  ]);
  expect(stopping({runningRequests: 1, waitingRequests: 0})[0]?.message).toContain('1 running request is dropped');
  expect(stopping({runningRequests: 0, waitingRequests: 2})[0]?.message).toContain('2 waiting requests are dropped');
  expect(stopping({runningRequests: 0, waitingRequests: 0})[0]?.message).toBe('Stopping the engine.');
  const starting: LifecycleState = {...after(ready).state, state: 'starting', readyAtMs: null};
  expect(stopping({runningRequests: 3, waitingRequests: 0}, starting)[0]?.message).toBe('Stopping the engine.');
});

test('a drain says when it ends at the latest', () => {
  const [event] = eventsOf([...ready, {type: 'stop-requested', drainMs: 60_000}], 'command');
  expect(event).toMatchObject({code: 'engine.draining', message: expect.stringMatching(/, in \d+ s at the latest\.$/)});
});

test('a hang and its end are events of the engine', () => {
  const hung: readonly TimelessEvent[] = [
    ...ready,
    {type: 'progress-stalled', runId: 'run-1', stall: {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0}},
  ];
  expect(eventsOf(hung)).toMatchObject([
    {
      code: 'engine.degraded',
      severity: 'critical',
      actor: 'engine',
      message: expect.stringContaining('no engine step for 90 s'),
    },
  ]);
  expect(eventsOf([...hung, {type: 'progress-resumed', runId: 'run-1'}])).toMatchObject([
    {code: 'engine.ready', message: 'The engine generates tokens again.'},
  ]);
});

test('an engine is adopted once', () => {
  const adopted: readonly TimelessEvent[] = [
    {type: 'engine-adopted', run: runOf(3), settings: settingsOf(), readyAtMs: 5},
  ];
  expect(shortOf(eventsOf(adopted, 'adoption'))).toEqual(['engine.adopted by supervisor']);
});

test('changed settings are logged with their difference; of a list only the length', () => {
  const before: LifecycleState = {...stopped, settings: settingsOf()};
  const settings = {...settingsOf(65_536), extraArguments: ['--api-key', 'sk-planted']};
  const events = eventsOfChange({...before, settings}, before, {atMs: 7, cause: 'command'});
  expect(events).toMatchObject([
    {
      code: 'settings.changed',
      actor: 'operator',
      message: 'Settings changed: context 131,072 to 65,536, extra arguments none to 2 arguments.',
      details: {
        contextLengthTokens: {from: '131072', to: '65536'},
        extraArguments: {from: 'none', to: '2 arguments'},
      },
    },
  ]);
  expect(JSON.stringify(events)).not.toContain('planted');
});

test('a list that becomes another of the same length is logged as changed', () => {
  const before: LifecycleState = {...stopped, settings: {...settingsOf(), extraArguments: ['--seed', '1']}};
  const settings = {...settingsOf(), extraArguments: ['--seed', '2']};
  expect(eventsOfChange({...before, settings}, before, {atMs: 7, cause: 'command'})).toMatchObject([
    {code: 'settings.changed', message: 'Settings changed: extra arguments changed (2 arguments).'},
  ]);
});

test('a rollback is logged with its cause, and its settings are attributed to the policy', () => {
  const before: LifecycleState = {...stopped, state: 'starting', settings: settingsOf(262_144)};
  const rolledBack = {settings: settingsOf(262_144), cause: findingOf('vllm.kv-cache-too-small'), atMs: 5};
  const after: LifecycleState = {...before, state: 'stopping', rolledBack};
  expect(eventsOfChange(after, before, {atMs: 7, cause: null})).toMatchObject([
    {code: 'engine.stopping', actor: 'policy', message: expect.stringContaining('vllm.kv-cache-too-small happened.')},
  ]);
  const again: LifecycleState = {...after, state: 'preflight', settings: settingsOf()};
  expect(eventsOfChange(again, after, {atMs: 7, cause: null})).toMatchObject([
    {code: 'settings.changed', actor: 'policy', severity: 'warning'},
    {code: 'engine.preflight'},
  ]);
});
