import {describe, expect, test} from 'vitest';
import {
  memoryNotFreedFinding,
  notAnsweringFinding,
  processesRemainFinding,
  stalledFinding,
  unansweredFinding,
  unexplainedExitFinding,
} from '../../../src/domain/lifecycle/lifecycle-findings.ts';
import {defaultRestartPolicy, isCuredByRestart, restartDelayMs} from '../../../src/domain/lifecycle/restart-policy.ts';
import {slowStartFindings} from '../../../src/domain/lifecycle/start-findings.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
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

describe('an exit that the log does not explain', () => {
  test.each([
    [0, null],
    [1, null],
    [128, null],
    [129, 1],
    [137, 9],
    [139, 11],
    [192, 64],
    [193, null],
    [null, null],
  ])('status %s means signal %s', (status, signal) => {
    expect(unexplainedExitFinding(status, null)).toMatchObject({
      code: 'lifecycle.engine-exited',
      severity: 'critical',
      details: {status, signal, phase: null},
      settingsChange: null,
    });
  });

  test('reports the phase of the start, or that it served', () => {
    const starting = unexplainedExitFinding(1, 'load-weights');
    expect(starting.details).toMatchObject({phase: 'load-weights'});
    expect(starting.message).toContain('(loading weights)');
    expect(unexplainedExitFinding(1, null).message).not.toContain('starting');
  });

  test.each([2, 3, 4, 6, 7, 9, 11, 15])('signal %i has its own cause', (signal) => {
    const known = unexplainedExitFinding(128 + signal, null).message;
    expect(known.length).toBeGreaterThan(unexplainedExitFinding(128 + 10, null).message.length);
  });

  test('a program that cannot be executed, a kill by the kernel and an unknown status have their own advice', () => {
    const remedies = [1, 126, 127, 137, null].map((status) => unexplainedExitFinding(status, null).remedy);
    expect(remedies[1]).toBe(remedies[2]);
    expect(new Set(remedies).size).toBe(4);
  });
});

describe('other findings of the lifecycle', () => {
  test('a stall has its numbers; an answer without tokens has none', () => {
    const stall = {stalledMs: 90_400, runningRequests: 3, waitingRequests: 0};
    expect(stalledFinding(stall, {evidence: 'TP3 spins'})).toMatchObject({
      details: {stall, stoppedPids: [], tracedPids: []},
      evidence: 'TP3 spins',
    });
    for (const [stoppedPids, remedy] of [
      [[41], /One of .*kill -CONT 41$/],
      [[41, 42], /Some of .*kill -CONT 41 42$/],
      [[], /^(?!.*kill)/],
    ] as const) {
      expect(stalledFinding(stall, {stoppedPids}).remedy).toMatch(remedy);
      expect(notAnsweringFinding(15_000, {stoppedPids})).toMatchObject({
        remedy: expect.stringMatching(remedy),
        details: {stoppedPids},
      });
    }
    for (const [tracedPids, stoppedPids, remedy] of [
      [[41], [], /^(?!.*kill).*debugger holds pid 41:/],
      [[41, 43], [42], /debugger holds pids 41, 43:.*kill -CONT 42$/],
    ] as const) {
      expect(stalledFinding(stall, {stoppedPids, tracedPids}).remedy).toMatch(remedy);
      expect(notAnsweringFinding(15_000, {stoppedPids, tracedPids}).remedy).toMatch(remedy);
    }
    expect(stalledFinding(stall).evidence).toBeNull();
    expect(stalledFinding(stall).message).toContain('90 s');
    expect(unansweredFinding('status 503.')).toMatchObject({details: {stall: null}, evidence: 'status 503.'});
  });

  test('one request is singular', () => {
    const one = stalledFinding({stalledMs: 1_000, runningRequests: 1, waitingRequests: 0}).message;
    expect(one).toContain('1 request is');
    expect(stalledFinding({stalledMs: 1_000, runningRequests: 2, waitingRequests: 0}).message).toContain(
      '2 requests are',
    );
  });

  test('memory that is not freed is critical if a start waits for it', () => {
    expect(memoryNotFreedFinding(60_000, true)).toMatchObject({
      severity: 'critical',
      code: 'lifecycle.memory-not-freed',
    });
    expect(memoryNotFreedFinding(60_000, false)).toMatchObject({severity: 'warning'});
    expect(memoryNotFreedFinding(60_000, false).message).toContain('60 s');
    expect(processesRemainFinding(20_000).message).toContain('20 s');
  });

  test('a slow start is reported from twice the slowest plus one minute on, in seconds below two minutes', () => {
    const at = (nowMs: number, slowestMs: number) =>
      slowStartFindings({state: 'starting', phase: 'compile', phaseEnteredAtMs: {compile: 0}}, nowMs, [
        {compile: slowestMs},
        {compile: 1},
      ]);
    expect(at(119_999, 60_000)).toEqual([]);
    expect(at(120_000, 60_000)).toMatchObject([
      {details: {phase: 'compile', elapsedMs: 120_000, slowestMs: 60_000, earlierStarts: 2}},
    ]);
    expect(at(199_999, 100_000)).toEqual([]);
    expect(at(200_000, 100_000)).toHaveLength(1);
    expect(at(69_999, 10_000)).toEqual([]);
    const [finding] = at(120_000, 59_000);
    expect(finding?.message).toContain('2 min');
    expect(finding?.message).toContain('59 s');
    expect(at(119_400, 50_000)[0]?.message).toContain('119 s');
  });
});

describe('what a restart does not fix', () => {
  test.each([
    ...['context-too-long', 'compute-buffer-too-large', 'disk-full', 'does-not-fit', 'driver-too-old'],
    ...['heads-not-divisible', 'invalid-argument', 'kv-cache-too-large', 'kv-cache-too-small', 'memory-unbalanced'],
    ...['model-gated', 'model-incomplete', 'model-missing', 'model-not-cached', 'model-not-gguf'],
    ...['model-split-missing', 'model-unknown-architecture', 'no-gpu', 'no-kv-cache-memory', 'not-divisible'],
    ...['out-of-memory-capturing', 'out-of-memory-loading', 'out-of-memory-sampler', 'too-few-gpus', 'too-old'],
    ...['trust-remote-code', 'unknown-argument', 'unsupported-model', 'weights-too-large', 'wrong-build'],
    ...[
      'backend-unsupported',
      'build-too-old',
      'compiler-missing',
      'connector-needs-hybrid',
      'connector-needs-one-cache',
      'container-without-gpus',
      'deepep-launch',
      'disk-quota',
      'driver-library-mismatch',
      'flash-attention-needed',
      'forked-cuda',
      'format-unsupported',
      'forward-compatibility',
      'kernel-build-failed',
      'kv-quantization-unsupported',
      'library-mismatch',
      'library-missing',
      'limit-exceeded',
      'model-not-inspected',
      'model-shard-broken',
      'model-shard-missing',
      'no-peer-access',
      'no-permission',
      'numa-binding',
      'package-mismatch',
      'package-missing',
      'package-too-old',
      'quantization-not-divisible',
      'rdma-registration',
      'toolkit-missing',
      'unknown-parser',
      'unsupported-checkpoint',
      'unsupported-quantization',
    ],
  ])('%s, for any engine, also after it served', (name) => {
    for (const engine of ['vllm', 'sglang', 'llamacpp']) {
      expect(isCuredByRestart(findingOf(`${engine}.${name}`), true)).toBe(false);
      expect(isCuredByRestart(findingOf(`${engine}.${name}-else`), true)).toBe(true);
    }
  });

  test('the jitter of a run is stable, and differs from attempt to attempt', () => {
    const policy = {...defaultRestartPolicy, firstDelayMs: 1_000_000, maxDelayMs: 1_000_000};
    const delays = [1, 2, 3, 4].map((attempt) => restartDelayMs(policy, attempt, 'run-a'));
    expect(new Set(delays).size).toBe(4);
    const many = Array.from({length: 400}, (_, index) => restartDelayMs(policy, 1, `run-${index}`));
    const mean = many.reduce((sum, delay) => sum + delay, 0) / many.length;
    expect(mean).toBeGreaterThan(970_000);
    expect(mean).toBeLessThan(1_030_000);
    expect(Math.min(...many)).toBeLessThan(820_000);
    expect(Math.max(...many)).toBeGreaterThan(1_180_000);
  });
});

describe('bookkeeping', () => {
  test('a new lifecycle has nothing in progress', () => {
    const {internal, ...state} = initialLifecycleState();
    expect(state).toMatchObject({state: 'stopped', phase: null, run: null, pending: null, diagnosis: null, exit: null});
    expect(internal).toMatchObject({
      attempt: 0,
      force: false,
      rollbackTo: null,
      isSpawning: false,
      isStopRequested: false,
      hasExited: false,
      isSessionGone: false,
      isMemoryFreed: false,
      isProbing: false,
      isAdopted: false,
      consecutiveProbeFailures: 0,
      consecutiveRestarts: 0,
      logFailure: null,
    });
    expect(internal.timerIds).toEqual({});
  });

  test('every timer has a new id', () => {
    const first = after(toStarting).state;
    const failed = after([firing(first, 'probe'), {type: 'probe-failed', runId, answer: 'no'}], first).state;
    expect(failed.internal.timerIds.probe).toBeGreaterThan(first.internal.timerIds.probe ?? 0);
    expect(failed.internal.nextTimerId).toBeGreaterThan(failed.internal.timerIds.probe ?? 0);
  });

  test('a version and a fact from the log are kept', () => {
    const {state} = after([
      ...toStarting,
      {type: 'log-version', runId, version: '0.28.0'},
      {type: 'log-fact', runId, name: 'kvCapacityTokens', value: 5},
      {type: 'log-fact', runId, name: 'maxConcurrency', value: 6},
    ]);
    expect(state).toMatchObject({version: '0.28.0', facts: {kvCapacityTokens: 5, maxConcurrency: 6}});
  });

  test('a degraded engine that answers is ready, and its probe has ended', () => {
    const degraded = after([
      ...toReady,
      {type: 'progress-stalled', runId, stall: {stalledMs: 9, runningRequests: 1, waitingRequests: 0}},
    ]);
    const {state} = after([{type: 'probe-succeeded', runId}], degraded.state);
    expect(state).toMatchObject({state: 'ready', internal: {isProbing: false, consecutiveProbeFailures: 0}});
  });

  test('a SIGKILL that ended everything is not a failure, even if its timer fires', () => {
    const stopping = after([...toReady, stopEvent]).state;
    const forced = after([firing(stopping, 'terminate')], stopping).state;
    const gone = after([{type: 'processes-gone', runId}], forced).state;
    expect(gone.internal.timerIds).not.toHaveProperty('kill');
    const ready = after(toReady).state;
    const withTimer = {...ready, internal: {...ready.internal, timerIds: {kill: 77}}};
    expect(after([{type: 'timer-fired', timer: 'kill', id: 77}], withTimer).state.state).toBe('ready');
  });

  test('a drain while the engine loads, or with no time, is a plain stop', () => {
    const loading = after([...toStarting, {type: 'stop-requested', drainMs: 60_000}]);
    expect(loading.state.state).toBe('stopping');
    const ready = after([...toReady, {type: 'stop-requested', drainMs: 60_000}]);
    expect(ready.message).toContain('60 s');
    expect(after([...toReady, stopEvent]).message).not.toContain(' s ');
  });

  test('a restart during a drain waits for it, unless its own drain time is zero', () => {
    const draining = after([...toReady, {type: 'stop-requested', drainMs: 60_000}]).state;
    const restart = {type: 'restart-requested', settings: settingsOf(4_096), force: false} as const;
    expect(after([{...restart, drainMs: 5_000}], draining).state).toMatchObject({state: 'draining', pending: {}});
    expect(after([{...restart, drainMs: 0}], draining).state).toMatchObject({state: 'stopping', pending: {}});
  });

  test('a stop during a start cancels what was pending', () => {
    const {state} = after([startEvent, stopEvent]);
    expect(state).toMatchObject({state: 'stopped', pending: null, internal: {attempt: 2}});
  });

  test('a stop of a failed engine cleans up its remaining processes, and is done if there are none', () => {
    const failed = after([...toStarting, {type: 'engine-exited', runId, status: 1}]).state;
    const cleaning = after([stopEvent], failed);
    expect(cleaning.state.state).toBe('stopping');
    expect(cleaning.effects.map(({type}) => type)).toContain('verify-stopped');
    const done = after([stopEvent], after(goneEvents, failed).state);
    expect(done.state).toMatchObject({state: 'stopped', diagnosis: null});
  });
});
