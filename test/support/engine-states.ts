import type {GpuSeriesName, HistoryPoints} from '../../src/api/history.ts';
import type {GpuView, Snapshot} from '../../src/api/snapshot.ts';
import type {ConsoleData} from '../../src/client/console-data.ts';
import {notAnsweringFinding} from '../../src/domain/lifecycle/lifecycle-findings.ts';
import {absent, isAbsent} from '../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../src/shared/units.ts';
import {buildEvents} from './build-events.ts';
import {
  buildConsoleData,
  buildFinding,
  buildSnapshot,
  costOfNode,
  type DeepPartial,
  TEST_NOW_MS,
} from './build-snapshot.ts';
import {notServing} from './not-serving.ts';

const MINUTE_MS = 60_000;
const BEGAN_MS = TEST_NOW_MS - 4 * MINUTE_MS;

/** Since when the GPUs do not work, and what the one with least memory in use has of it, GiB. */
type Idle = {readonly sinceMs: number; readonly gib: number};

/** The console of the node with its engine in another state, and nothing that it serves. */
function nodeWith(
  engine: DeepPartial<Snapshot['engine']>,
  idle: Idle,
  rest: Omit<DeepPartial<Snapshot>, 'engine' | 'gpus'> = {},
): ConsoleData {
  const {log} = buildConsoleData();
  const events = buildEvents();
  const stateEvents = {events, isCut: false};
  const last = lastLines[engine.state === 'starting' ? 'starting' : engine.state === 'stopped' ? 'stopped' : 'failed'];
  return {
    ...notServing({...buildSnapshot({...rest, gpus: gpusWith(idle.gib), engine}), cost: costOf(engine, idle)}),
    events,
    stateEvents,
    ...seriesOf(idle),
    log: log.map((line, index) => ({...line, text: last[index - log.length + last.length] ?? shardLine(index)})),
  };
}

/** A start is work on the node; whatever else an engine that does not serve is, the node is down. */
function costOf({state}: DeepPartial<Snapshot['engine']>, {sinceMs}: Idle): Snapshot['cost'] {
  const isStarting = state === 'starting' || state === 'preflight';
  return costOfNode({state: isStarting ? 'starting' : 'down', sinceMs});
}

/** The series of a node that served until then, and has had idle GPUs since. */
function seriesOf({sinceMs, gib}: Idle): Pick<ConsoleData, 'history' | 'gpuRanges'> {
  const {history, gpuRanges} = buildConsoleData();
  const then = (points: HistoryPoints, value: number | null): HistoryPoints =>
    points.map((point) => (point.atMs < sinceMs ? point : {...point, value}));
  const served = Object.entries(history).map(([name, points]) => [name, then(points, null)] as const);
  const ends = (name: GpuSeriesName, least: number, most: number): ConsoleData['gpuRanges'] => {
    const range = gpuRanges[name];
    return range === undefined ? {} : {[name]: {least: then(range.least, least), most: then(range.most, most)}};
  };
  return {
    history: {
      ...Object.fromEntries(served),
      nodeUsdPerHour: history.nodeUsdPerHour ?? [],
      gpuMemoryUsedBytes: then(history.gpuMemoryUsedBytes ?? [], (8 * gib + 2.8) * BYTES_PER_GIB),
    },
    gpuRanges: {
      ...ends('memoryUsedBytes', gib * BYTES_PER_GIB, (gib + 0.7) * BYTES_PER_GIB),
      ...ends('utilizationRatio', 0.03, 0.03),
      ...ends('powerDrawWatts', 118, 125),
      ...ends('temperatureCelsius', 38, 45),
    },
  };
}

function shardLine(index: number): string {
  const read = Math.min(34, index);
  return `(Worker_TP0 pid=4248) Loading safetensors checkpoint shards: ${String(Math.round((read / 64) * 100)).padStart(3)}% Completed | ${read}/64`;
}

/** How the log ends in a state. */
const lastLines: Readonly<Record<'starting' | 'failed' | 'stopped', readonly string[]>> = {
  starting: [],
  failed: [
    '(EngineCore_DP0 pid=4245) ERROR 11-23 11:56:39 [core.py:842] EngineCore failed to start.',
    '(EngineCore_DP0 pid=4245) ERROR 11-23 11:56:39 [core.py:842] Traceback (most recent call last):',
    '(APIServer pid=4242) RuntimeError: Engine core initialization failed. See root cause above.',
  ],
  stopped: [
    'INFO:     Shutting down',
    'INFO:     Waiting for application shutdown.',
    'INFO:     Application shutdown complete.',
    'INFO:     Finished server process [4242]',
  ],
};

const notReady = absent('the engine is not ready');

/** So much in use, and the rest of the GPU free. */
function usedMemory(gpu: GpuView, memoryUsedBytes: number): Pick<GpuView, 'memoryUsedBytes' | 'memoryFreeBytes'> {
  const {memoryTotalBytes: total, memoryReservedBytes: reserved} = gpu;
  if (isAbsent(total) || isAbsent(reserved)) throw new Error('the node knows the size of its GPUs');
  return {memoryUsedBytes, memoryFreeBytes: total - reserved - memoryUsedBytes};
}

/** Each GPU with so many GiB in use. */
function gpusWith(gib: number): Snapshot['gpus'] {
  return buildSnapshot().gpus.map((gpu) => ({
    ...gpu,
    ...usedMemory(gpu, (gib + gpu.index * 0.1) * BYTES_PER_GIB),
    utilizationRatio: 0.03,
    powerDrawWatts: 118 + gpu.index,
    temperatureCelsius: 38 + gpu.index,
    processes: [],
    budget: isAbsent(gpu.budget) ? gpu.budget : {...gpu.budget, unexplainedBytes: notReady},
  }));
}

/** Half of the weights are read. Without earlier starts nothing says what is still to come. */
export function startingNode({hasEarlierStarts = true} = {}): ConsoleData {
  const phases = [
    {phase: 'launch', startedAtMs: BEGAN_MS, durationMs: 14_000, lastMs: 13_000, usualMs: 13_000},
    {phase: 'resolve', startedAtMs: BEGAN_MS + 14_000, durationMs: 21_000, lastMs: 19_000, usualMs: 20_000},
    {phase: 'load-weights', startedAtMs: BEGAN_MS + 35_000, durationMs: null, lastMs: 371_000, usualMs: 368_000},
  ] as const;
  const none = absent('no comparable start on this node yet');
  return nodeWith(
    {
      state: 'starting',
      phase: 'load-weights',
      progressRatio: 0.45,
      startedAtMs: BEGAN_MS,
      readyAtMs: null,
      facts: {},
      startPhases: phases.map((phase) => (hasEarlierStarts ? phase : {...phase, lastMs: null, usualMs: null})),
      phaseProgress: {ratio: 0.53, totalBytes: 554.3 * BYTES_PER_GIB},
      health: absent('not checked yet in this state'),
      ...(hasEarlierStarts
        ? {
            etaMs: 309_000,
            phaseEta: absent('the time until ready is known'),
            comingPhases: [
              {phase: 'compile', usualMs: 70_000},
              {phase: 'profile', usualMs: 23_000},
              {phase: 'kv-cache', usualMs: 6_000},
              {phase: 'capture-graphs', usualMs: 28_000},
              {phase: 'serve', usualMs: 12_000},
            ],
          }
        : {
            etaMs: none,
            phaseEta: {ms: 182_000, bytesPerSecond: 1.43 * BYTES_PER_GIB},
            usualStart: none,
            comingPhases: [],
          }),
    },
    {sinceMs: BEGAN_MS, gib: 39},
  );
}

const ended = {
  pid: null,
  runId: null,
  startedAtMs: null,
  readyAtMs: null,
  progressRatio: absent('the engine exited'),
  etaMs: absent('the engine exited'),
  health: absent('no engine is running'),
  processes: absent('no engine is running'),
  facts: {},
} as const;

const cacheTooSmall = buildFinding({
  code: 'vllm.kv-cache-too-small',
  severity: 'critical',
  message: 'One request of 262,144 tokens needs 17.16 GiB of KV cache per GPU, and 0.64 GiB are left.',
  evidence:
    "line 412: ValueError: To serve at least one request with the models's max seq len (262144), (17.16 GiB KV cache is needed, which is larger than the available KV cache memory (0.64 GiB).",
  remedy: "Restart with a context of at most 9,664 tokens (vLLM's own estimate).",
  settingsChange: {contextLengthTokens: 9_664},
  sinceMs: TEST_NOW_MS - 200_000,
});

/** A start that failed with a cause, evidence and settings that fix it. */
export function failedNode(findings: Snapshot['findings'] = [cacheTooSmall]): ConsoleData {
  const {startPhases} = buildSnapshot().engine;
  return nodeWith(
    {
      ...ended,
      state: 'failed',
      startPhases: startPhases.slice(0, 6),
      exit: {status: 1, atMs: TEST_NOW_MS - 200_000, wasRequested: false},
    },
    {sinceMs: TEST_NOW_MS - 200_000, gib: 0.6},
    {findings},
  );
}

/** An engine that crashed again, before its next automatic start. */
export function backingOffNode(): ConsoleData {
  return nodeWith(
    {
      ...ended,
      state: 'backing-off',
      exit: {status: 139, atMs: TEST_NOW_MS - 8_000, wasRequested: false},
      backOff: {attempt: 2, maxAttempts: 5, untilMs: TEST_NOW_MS + 12_000},
    },
    {sinceMs: TEST_NOW_MS - 8_000, gib: 0.6},
    {
      findings: [
        buildFinding({
          code: 'vllm.nccl',
          severity: 'critical',
          message: 'NCCL, which connects the GPUs, failed: unhandled system error.',
          evidence: '(Worker_TP2 pid=4250) ERROR 11-23 11:59:52 [multiproc_executor.py:871] ncclSystemError',
          remedy: 'Look for Xid errors in the kernel log.',
          sinceMs: TEST_NOW_MS - 8_000,
        }),
        buildFinding(),
      ],
    },
  );
}

/** An engine that was stopped on request. */
export function stoppedNode(more: Pick<DeepPartial<Snapshot>, 'configuration'> = {}): ConsoleData {
  return nodeWith(
    {...ended, state: 'stopped', exit: {status: 0, atMs: TEST_NOW_MS - 47 * MINUTE_MS, wasRequested: true}},
    {sinceMs: TEST_NOW_MS - 47 * MINUTE_MS, gib: 0.6},
    more,
  );
}

/** An engine whose processes are ending. */
export function stoppingNode(): ConsoleData {
  return nodeWith(
    {state: 'stopping', exit: null, health: absent('the engine is stopping')},
    {sinceMs: TEST_NOW_MS - 8_000, gib: 39},
  );
}

/** An engine that ended without a request and is not started again. */
export function endedNode(): ConsoleData {
  const {startedAtMs, readyAtMs} = buildSnapshot().engine;
  const exit = {status: 137, atMs: TEST_NOW_MS - 47 * MINUTE_MS, wasRequested: false};
  return nodeWith({...ended, startedAtMs, readyAtMs, state: 'stopped', exit}, {sinceMs: exit.atMs, gib: 0.6});
}

/** A node on which no engine was started yet. */
export function neverStartedNode(): ConsoleData {
  const none = absent('no comparable start on this node yet');
  return {
    ...nodeWith(
      {
        ...ended,
        ...{state: 'stopped', settings: null, name: null, displayName: null, endpoint: null, command: null},
        ...{version: none, startPhases: [], usualStart: none, logPath: null},
      },
      {sinceMs: 0, gib: 0.6},
    ),
    events: [],
    stateEvents: {events: [], isCut: false},
    log: [],
  };
}

/** An engine that answers and generates nothing. */
export function degradedNode(): ConsoleData {
  const snapshot = buildSnapshot({
    engine: {
      state: 'degraded',
      progress: {state: 'stalled', stalledMs: 90_000, runningRequests: 19, waitingRequests: 4},
    },
    traffic: {promptTokensPerSecond: 0, generationTokensPerSecond: 0, runningRequests: 19, waitingRequests: 4},
    findings: [
      buildFinding({
        code: 'lifecycle.not-generating',
        severity: 'critical',
        message:
          'The engine is running but generates no tokens: it has taken no step for 90 s while 19 requests run and 4 wait.',
        evidence: null,
        remedy: 'Read the log. Restart the engine if it does not recover within minutes.',
      }),
    ],
  });
  return buildConsoleData({snapshot, events: buildEvents()});
}

/** An engine whose process runs and that answers nothing. */
export function silentNode(): ConsoleData {
  const unansweredMs = 95_000;
  const notAnswering = {
    ...notAnsweringFinding(unansweredMs),
    sinceMs: TEST_NOW_MS - unansweredMs,
    settingsChange: null,
  };
  const snapshot = buildSnapshot({
    engine: {
      state: 'ready',
      unansweredMs,
      exit: {status: 1, atMs: TEST_NOW_MS - 5 * 60 * MINUTE_MS, wasRequested: false},
    },
    findings: [buildFinding(notAnswering)],
  });
  return buildConsoleData({snapshot, events: buildEvents()});
}
