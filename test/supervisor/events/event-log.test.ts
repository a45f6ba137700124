import {expect, test} from 'vitest';
import {commandSchema} from '../../../src/api/commands.ts';
import type {Event} from '../../../src/api/event-schema.ts';
import {type Finding, RETURNS_WITHIN_MS} from '../../../src/domain/diagnosis/finding.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {EventLog} from '../../../src/supervisor/events/event-log.ts';
import {after, findingOf, runOf, settingsOf, type TimelessEvent} from '../../domain/lifecycle/lifecycle-samples.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

function createLog(elapsedMs: () => number = () => 0) {
  const history = openHistory({path: ':memory:'});
  if (!history.ok) throw new Error(history.error.message);
  const troubles: string[] = [];
  const clock = {nowMs: () => 5_000, monotonicMs: elapsedMs};
  const log = new EventLog({history: history.value, clock, onTrouble: ({code}) => troubles.push(code)});
  const told: Event[] = [];
  log.subscribe((event) => told.push(event));
  return {log, told, troubles, history: history.value};
}

test('a command is logged before its effects, with its sender', () => {
  const {log, told} = createLog();
  const before = initialLifecycleState();
  const {state} = after([{type: 'start-requested', settings: settingsOf(), force: false}]);
  const command = commandSchema.parse({type: 'start'});
  log.during(
    'command',
    () => log.onStateChange(state, before),
    () =>
      log.onCommand(
        command,
        {accepted: true, message: 'The engine starts.'},
        {client: 'console', terminal: 'root@pts/3'},
        state,
      ),
  );
  expect(told).toMatchObject([
    {
      id: 1,
      atMs: 5_000,
      code: 'command.accepted',
      actor: 'operator',
      message: 'Start of the engine by console root@pts/3. The engine starts.',
      details: {client: 'console', terminal: 'root@pts/3', command: 'start', force: false, outcome: 'open'},
    },
    {id: 2, code: 'engine.preflight', actor: 'operator'},
  ]);
  expect(log.read({sinceMs: 0, limit: 10})).toEqual(told);
});

test('a refused command is logged with the reason, without its arguments', () => {
  const {log, told} = createLog();
  const change = {contextLengthTokens: 9_664, extraArguments: ['--api-key', 'sk-planted']};
  const command = commandSchema.parse({type: 'restart', change});
  const error = {code: 'plan.does-not-fit', message: 'It does not fit.', remedy: ''};
  log.onCommand(
    command,
    {accepted: false, error},
    {client: null, terminal: null},
    {...initialLifecycleState(), run: runOf(1)},
  );
  expect(told).toMatchObject([
    {
      code: 'command.refused',
      severity: 'warning',
      runId: 'run-1',
      message: 'Restart of the engine by an API client was refused: It does not fit.',
      details: {command: 'restart', error: 'plan.does-not-fit', change: {contextLengthTokens: 9_664}},
    },
  ]);
  expect(JSON.stringify(told)).not.toContain('planted');
});

const adopted: TimelessEvent = {type: 'engine-adopted', run: runOf(1), settings: settingsOf(), readyAtMs: 5};

test('a restart without a change of settings is logged without one', () => {
  const {log, told} = createLog();
  const command = commandSchema.parse({type: 'restart', change: {}});
  log.onCommand(
    command,
    {accepted: true, message: 'It restarts.'},
    {client: null, terminal: null},
    after([adopted]).state,
  );
  expect(told[0]?.details).toEqual({
    command: 'restart',
    drainMs: 0,
    force: false,
    lastGood: false,
    rollback: false,
    outcome: 'done',
  });
});

test('a history that cannot be written is reported, and listeners still get the event', () => {
  const {log, told, troubles, history} = createLog();
  history.close();
  log.onStarted('1.2.3');
  log.onExiting('idle', initialLifecycleState());
  // It leaves once.
  log.onExiting('received SIGTERM)', initialLifecycleState());
  expect(troubles).toEqual(['history.not-written', 'history.not-written']);
  expect(told).toMatchObject([
    {id: 1, code: 'supervisor.started', details: {version: '1.2.3'}},
    {id: 2, code: 'supervisor.exited', message: 'Supervisor exits: idle.'},
  ]);
});

test('the reason of a failure is logged with the failure, not again as a finding', () => {
  const {log, told} = createLog();
  const ready: readonly TimelessEvent[] = [
    {type: 'engine-adopted', run: runOf(1), settings: settingsOf(), readyAtMs: 5},
    {type: 'log-failure', runId: 'run-1', finding: findingOf('vllm.cuda-error')},
  ];
  const before = after(ready).state;
  log.onStateChange(after([...ready, {type: 'engine-exited', runId: 'run-1', status: 1}]).state, before);
  const seen = (findings: readonly Finding[]) => log.onSnapshot(buildSnapshot({findings: [...findings]}));
  seen([findingOf('vllm.cuda-error'), findingOf('gpu.lost')]);
  expect(told.map(({code, details}) => `${code} ${details['finding'] ?? ''}`)).toEqual([
    'engine.exited vllm.cuda-error',
    'engine.backing-off vllm.cuda-error',
    'finding.appeared gpu.lost',
  ]);
});

test('a failure that a present finding explains names it, and its other events do not', () => {
  const {log, told} = createLog();
  const ready: readonly TimelessEvent[] = [
    {type: 'engine-adopted', run: runOf(1), settings: settingsOf(), readyAtMs: 5},
    {type: 'log-failure', runId: 'run-1', finding: findingOf('vllm.cuda-error')},
  ];
  const exit = () =>
    log.onStateChange(after([...ready, {type: 'engine-exited', runId: 'run-1', status: 1}]).state, after(ready).state);
  const causes = () => told.splice(0).map(({code, details}) => [code, details['explainedBy'] ?? null]);
  const lost = 'source.nvidia-smi.gpu-lost';
  log.onSnapshot(buildSnapshot({findings: [findingOf('history.newer')]}));
  causes();
  exit();
  expect(causes()).toEqual([
    ['engine.exited', null],
    ['engine.backing-off', null],
  ]);
  log.onSnapshot(buildSnapshot({findings: [findingOf('history.newer'), findingOf(lost)]}));
  causes();
  exit();
  expect(causes()).toEqual([
    ['engine.exited', lost],
    ['engine.backing-off', lost],
  ]);
  // What is about no failure is not explained.
  log.onStateChange(after(ready.slice(0, 1)).state, initialLifecycleState());
  const adopted = causes();
  expect(adopted).not.toEqual([]);
  expect(adopted.filter(([, cause]) => cause !== null)).toEqual([]);
});

test('the end of a finding is logged if its appearance was, also where a refused start named it in between', () => {
  let elapsedMs = 0;
  const {log, told} = createLog(() => elapsedMs);
  const lost = findingOf('gpu.lost');
  const seen = (findings: readonly Finding[]) => log.onSnapshot(buildSnapshot({findings: [...findings]}));
  const back = () => {
    seen([]);
    elapsedMs += RETURNS_WITHIN_MS;
    seen([]);
  };
  const refuse = () => {
    const requested: TimelessEvent = {type: 'start-requested', settings: settingsOf(), force: false};
    const before = after([requested]).state;
    log.onStateChange(after([requested, {type: 'preflight-refused', attempt: 1, finding: lost}]).state, before);
  };
  seen([lost]);
  refuse();
  back();
  // Named by the refusal alone: neither its appearance nor its end is logged.
  refuse();
  seen([lost]);
  back();
  seen([lost]);
  expect(told.map(({code, details}) => `${code} ${details['finding'] ?? ''}`)).toEqual([
    'finding.appeared gpu.lost',
    'engine.failed gpu.lost',
    'finding.resolved gpu.lost',
    'engine.failed gpu.lost',
    'finding.appeared gpu.lost',
  ]);
});

test('the end of a hang is logged, although its beginning was the reason of a lifecycle change', () => {
  let monotonicMs = 0;
  const {log, told} = createLog(() => monotonicMs);
  const ready: readonly TimelessEvent[] = [
    {type: 'engine-adopted', run: runOf(1), settings: settingsOf(), readyAtMs: 5},
  ];
  const stall = {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0};
  const before = after(ready).state;
  const hung = after([...ready, {type: 'progress-stalled', runId: 'run-1', stall}]).state;
  log.onStateChange(hung, before);
  const seen = (atMs: number, ...findings: Finding[]) => {
    monotonicMs = atMs;
    log.onSnapshot(buildSnapshot({findings}));
  };
  if (hung.diagnosis === null) throw new Error('the engine does not hang');
  seen(0, hung.diagnosis);
  seen(2 * RETURNS_WITHIN_MS);
  expect(told.map(({code, details}) => `${code} ${details['finding']}`)).toEqual([
    'engine.degraded lifecycle.not-generating',
    'finding.resolved lifecycle.not-generating',
  ]);
});

test('the end of the reason of a failure is not logged, also if another finding has ended before', () => {
  let monotonicMs = 0;
  const {log, told} = createLog(() => monotonicMs);
  const ready: readonly TimelessEvent[] = [
    {type: 'engine-adopted', run: runOf(1), settings: settingsOf(), readyAtMs: 5},
    {type: 'log-failure', runId: 'run-1', finding: findingOf('vllm.cuda-error')},
  ];
  const before = after(ready).state;
  log.onStateChange(after([...ready, {type: 'engine-exited', runId: 'run-1', status: 1}]).state, before);
  const seen = (atMs: number, ...codes: string[]) => {
    monotonicMs = atMs;
    log.onSnapshot(buildSnapshot({findings: codes.map((code) => findingOf(code))}));
  };
  seen(0, 'vllm.cuda-error', 'gpu.lost');
  seen(RETURNS_WITHIN_MS, 'vllm.cuda-error');
  seen(3 * RETURNS_WITHIN_MS);
  const ofFindings = told.filter(({code}) => code.startsWith('finding.'));
  expect(ofFindings.map(({code, details}) => `${code} ${details['finding']}`)).toEqual([
    'finding.appeared gpu.lost',
    'finding.resolved gpu.lost',
  ]);
  // Later it is a finding of its own.
  seen(4 * RETURNS_WITHIN_MS, 'vllm.cuda-error');
  expect(told.at(-1)).toMatchObject({code: 'finding.appeared', details: {finding: 'vllm.cuda-error'}});
});
