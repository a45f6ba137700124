import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import type {EngineAccess} from '../../../src/domain/diagnosis/serving/engine-access.ts';
import {absent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {
  buildConsoleData,
  buildFinding,
  buildSnapshot,
  type DeepPartial,
  TEST_NOW_MS,
} from '../../support/build-snapshot.ts';
import {pictureOf, viewOf} from '../draw.ts';

const small = {columns: 76, rows: 2};
const large = {columns: 116, rows: 4};

function at(overrides: DeepPartial<Snapshot>): ConsoleData {
  return buildConsoleData({snapshot: buildSnapshot(overrides)});
}

const tooSmall = buildFinding({
  code: 'memory.kv-cache-too-small',
  severity: 'critical',
  message: 'One request of 262,144 tokens needs 17.2 GiB of KV cache, and every card keeps 0.6 GiB for it.',
  remedy: 'Lower the context to 9,216 tokens.',
  settingsChange: {contextLengthTokens: 9_216},
});
const failed = {
  state: 'failed',
  pid: null,
  phase: 'kv-cache',
  exit: {status: 1, atMs: TEST_NOW_MS - 60_000, wasRequested: false},
} as const;

describe('the server panel', () => {
  test('of a damaged moment of a recording waits for no supervisor', () => {
    const connection = {kind: 'replay', atMs: 1, firstMs: 1, lastMs: 1, isPlaying: false} as const;
    expect(pictureOf('server', buildConsoleData({snapshot: null, connection}), small)).toContain(
      'This moment of the recording is damaged.',
    );
  });

  test('of a ready engine says since when, what it serves and where', () => {
    expect(pictureOf('server', at({}), large)).toMatchInlineSnapshot(`
      "
      [Server]
      ● ready  up 2h 00m  vLLM 0.21.0  kimi-k2.7-code  http://127.0.0.1:8000/v1
      context 262,144 · tensor parallel 8 · memory fraction 0.92 · KV auto · max running 64
      pid 4242 · /health answers · progress working · log /home/op/.local/state/gantry/runs/run-20261123-094200/engine.log
      "
    `);
  });

  test('of a start says the phase, how far it is and when it will be ready', () => {
    const starting = at({
      simulated: true,
      engine: {
        state: 'starting',
        phase: 'load-weights',
        progressRatio: 0.45,
        etaMs: 190_000,
        readyAtMs: null,
        startedAtMs: TEST_NOW_MS - 160_000,
      },
    });
    expect(pictureOf('server', starting, small)).toMatchInlineSnapshot(`
      "
      [Server]
      ◐ starting  SIMULATED  vLLM 0.21.0  kimi-k2.7-code  http://127.0.0.1:8000/v1
      Loading weights  ███████████░░░░░░░░░░░░░  ~45 %  ready in about 3m 10s
      "
    `);
    expect(pictureOf('server', starting, {columns: 46, rows: 1})).toMatchInlineSnapshot(`
      "
      [Server]
      ◐ starting  Loading weights  ~45 %
      "
    `);
  });

  test('of a first start says that the duration is unknown', () => {
    const first = at({
      engine: {state: 'starting', phase: 'launch', etaMs: absent('no earlier start'), progressRatio: 0},
    });
    expect(pictureOf('server', first, large)).toContain('Launching');
    expect(pictureOf('server', first, large)).toContain('0 %');
    expect(pictureOf('server', first, large)).toMatch(/time until ready – +no earlier start/);
  });

  test('of a first start says when the weights are read, at the rate of this start', () => {
    const loading = at({
      engine: {
        state: 'starting',
        phase: 'load-weights',
        etaMs: absent('no earlier start'),
        phaseEta: {ms: 130_000, bytesPerSecond: 1.5 * BYTES_PER_GIB},
      },
    });
    const picture = pictureOf('server', loading, large);
    expect(picture).not.toContain('ready in');
    expect(picture).toContain('weights read in about 2m 10s at 1.50 GiB/s');
    const downloading = at({engine: {...loading.snapshot?.engine, phase: 'download'}});
    expect(pictureOf('server', downloading, large)).toContain('downloaded in about 2m 10s');
  });

  test('of a failure shows the cause, the fix and the keys, at every height', () => {
    const data = at({engine: failed, findings: [tooSmall]});
    expect(pictureOf('server', data, {columns: 76, rows: 1})).toMatchInlineSnapshot(`
      "
      [Server]
      × failed  One request of 262,144 tokens needs 17.2 GiB of KV…  a fixes it
      "
    `);
    expect(pictureOf('server', data, small)).toMatchInlineSnapshot(`
      "
      [Server]
      × failed  One request of 262,144 tokens needs 17.2 GiB of KV cache…
      → Lower the context to 9,216 tokens.  a fixes it
      "
    `);
    expect(pictureOf('server', data, {columns: 76, rows: 6})).toMatchInlineSnapshot(`
      "
      [Server]
      × failed  vLLM 0.21.0  kimi-k2.7-code  http://127.0.0.1:8000/v1
      One request of 262,144 tokens needs 17.2 GiB of KV cache, and every card
      keeps 0.6 GiB for it.
      → Lower the context to 9,216 tokens.
      a starts with context 9,216, s as it was
      context 262,144 · tensor parallel 8 · memory fraction 0.92 · KV auto
      "
    `);
    expect(viewOf('server', data, small).tone).toBe('critical');
  });

  test('shows the key for a fix only at the finding that it fixes', () => {
    const other = buildFinding({severity: 'critical', message: 'GPU 3 is lost.', remedy: 'Restart the node.'});
    const data = at({engine: failed, findings: [other, tooSmall]});
    expect(pictureOf('server', data, large)).toContain('s starts again');
    expect(pictureOf('server', data, large)).not.toContain('a starts with');
  });

  test('promises no start that a lost GPU refuses, and names no key that does nothing', () => {
    const lost = buildFinding({
      code: 'source.nvidia-smi.gpu-lost',
      severity: 'critical',
      message: 'GPU 3: GPU is lost.',
      remedy: 'A lost GPU returns after a reboot.',
    });
    const data = at({engine: failed, findings: [lost]});
    expect(pictureOf('server', data, large)).toContain('s is refused: a GPU has a problem');
    expect(pictureOf('server', data, large)).not.toContain('starts again');
    expect(pictureOf('server', data, {columns: 50, rows: 1})).toContain('s is refused');
    const hung = at({engine: {state: 'degraded'}, findings: [lost, buildFinding({code: 'lifecycle.not-generating'})]});
    expect(pictureOf('server', hung, large)).toContain('R is refused: a GPU has a problem');
  });

  test('of an unexplained failure says how it ended', () => {
    expect(pictureOf('server', at({engine: {...failed, exit: {...failed.exit, status: 137}}}), large)).toContain(
      'exited unexpectedly (killed by signal 9) 1m 00s ago; read the log',
    );
  });

  test('of an engine that ended at an unknown time, or in the future, says that', () => {
    const textAt = (atMs: number | null) =>
      pictureOf('server', at({engine: {...failed, exit: {...failed.exit, atMs}}}), large);
    expect(textAt(null)).toContain('exited unexpectedly (exit status 1) at an unknown time; read the log');
    expect(textAt(TEST_NOW_MS + 86_400_000)).toContain('at an unknown time');
    expect(textAt(TEST_NOW_MS + 500)).toContain('0s ago');
  });

  test('of a stopped engine says how to start it', () => {
    const stopped = at({
      engine: {state: 'stopped', pid: null, exit: {status: 0, atMs: TEST_NOW_MS - 300_000, wasRequested: true}},
    });
    expect(pictureOf('server', stopped, small)).toMatchInlineSnapshot(`
      "
      [Server]
      ○ stopped  vLLM 0.21.0  kimi-k2.7-code  http://127.0.0.1:8000/v1
      press s to start  stopped on request 5m 00s ago
      "
    `);
    expect(
      pictureOf('server', at({engine: {state: 'stopped', pid: null, settings: null, name: null}}), {
        columns: 76,
        rows: 3,
      }),
    ).toContain('no engine has been started yet');
  });

  test.each([
    [{state: 'working'}, 'progress working'],
    [{state: 'idle'}, 'progress idle'],
    [
      {state: 'stalled', stalledMs: 34_400, runningRequests: 1, waitingRequests: 0},
      'progress no step for 34 s, 1 request running',
    ],
    [{state: 'unknown', reason: 'no metrics read yet'}, 'progress \u2013'],
  ] as const)('shows the known progress: %o', (progress, text) => {
    expect(pictureOf('server', at({engine: {progress}}), {columns: 90, rows: 6})).toContain(text);
  });

  test('of an engine that answers and no longer generates says both', () => {
    const degraded = at({
      engine: {
        state: 'degraded',
        progress: {state: 'stalled', stalledMs: 94_000, runningRequests: 46, waitingRequests: 0},
      },
      findings: [
        buildFinding({
          code: 'lifecycle.not-generating',
          severity: 'critical',
          message: 'The engine is running but generates no tokens: no answer within 30 s.',
          remedy: 'Restart the engine.',
        }),
      ],
    });
    expect(pictureOf('server', degraded, {columns: 76, rows: 6})).toMatchInlineSnapshot(`
      "
      [Server]
      × not generating  vLLM 0.21.0  kimi-k2.7-code  http://127.0.0.1:8000/v1
      The engine is running but generates no tokens: no answer within 30 s.
      → Restart the engine.  R restarts
      context 262,144 · tensor parallel 8 · memory fraction 0.92 · KV auto
      pid 4242 · /health answers · progress no step for 94 s, 46 requests running
      "
    `);
  });

  test('says how many requests a drain waits for', () => {
    expect(pictureOf('server', at({engine: {state: 'draining'}}), large)).toContain(
      'waiting for 46 running and 3 waiting requests to finish',
    );
    const one = at({engine: {state: 'draining'}, traffic: {runningRequests: 1, waitingRequests: 0}});
    expect(pictureOf('server', one, large)).toContain('waiting for 1 running request to finish');
    const limited = at({engine: {state: 'draining', drainUntilMs: TEST_NOW_MS + 41_000}});
    expect(pictureOf('server', limited, large)).toContain('3 waiting requests to finish, 41 s left');
    const over = at({engine: {state: 'draining', drainUntilMs: TEST_NOW_MS - 1_000}});
    expect(pictureOf('server', over, large)).toContain('requests to finish, 0 s left');
  });

  test('keeps the requests and the time left of a drain where there is no room for a sentence', () => {
    const draining = at({engine: {state: 'draining', drainUntilMs: TEST_NOW_MS + 41_000}});
    for (const size of [
      {columns: 58, rows: 1},
      {columns: 58, rows: 2},
      {columns: 58, rows: 4},
    ])
      expect(pictureOf('server', draining, size)).toContain('46 running, 3 waiting, 41 s left');
    const alone = at({
      engine: {state: 'draining', drainUntilMs: TEST_NOW_MS + 41_000},
      traffic: {waitingRequests: 0},
    });
    expect(pictureOf('server', alone, {columns: 40, rows: 1})).toContain('46 running, 41 s left');
  });

  test('after a lost connection says so, and that the engine does not need it', () => {
    const lost = buildConsoleData({
      connection: {kind: 'lost', sinceMs: TEST_NOW_MS - 14_000, reason: 'the socket is gone'},
    });
    const picture = pictureOf('server', lost, large);
    expect(picture).toContain('[Server | connection lost 14s ago]');
    expect(picture).toContain('The supervisor does not answer (the socket is gone); the engine keeps serving');
  });

  test('without a snapshot says what it waits for', () => {
    const none = buildConsoleData({snapshot: null, connection: {kind: 'connecting'}});
    expect(pictureOf('server', none, small)).toContain('waiting for the supervisor');
  });

  test('in ten columns still says the state', () => {
    expect(pictureOf('server', at({}), {columns: 10, rows: 1})).toContain('● ready');
    expect(pictureOf('server', at({engine: failed, findings: [tooSmall]}), {columns: 12, rows: 1})).toContain(
      '× failed',
    );
  });
});

test('a crash of an earlier run is not the reason why this one is degraded', () => {
  const crashed = buildFinding({code: 'lifecycle.crash-loop', severity: 'warning', message: 'It crashed at noon.'});
  const hangs = buildFinding({code: 'lifecycle.not-generating', severity: 'critical', message: 'No tokens.'});
  for (const findings of [
    [crashed, hangs],
    [hangs, crashed],
  ]) {
    const picture = pictureOf('server', at({engine: {state: 'degraded'}, findings}), {columns: 76, rows: 6});
    expect(picture).toContain('No tokens.');
    expect(picture).not.toContain('crashed at noon');
  }
});

test.each([1, 2, 4, 8])('an engine that responds to nothing is ready in no form of the panel (%i rows)', (rows) => {
  const silent = at({engine: {unansweredMs: 6_000, health: absent('no answer yet')}});
  const picture = pictureOf('server', silent, {columns: 116, rows});
  expect(picture).toContain('not answering for 6 s');
  expect(picture).not.toMatch(/ready|\bup /);
});

test.each([
  {rows: 1, expected: 'GPUs 1', columns: 200},
  {rows: 6, expected: '· GPUs 1 ·', columns: 116},
])('an engine that divides layers has a number of GPUs, no tensor parallel size ($rows rows)', (size) => {
  const engine = {settings: {engine: 'llamacpp', tensorParallelSize: 8}, displayName: 'llama.cpp'} as const;
  const planned = {name: 'llamacpp', displayName: 'llama.cpp', hasMemoryFraction: false, hasTensorParallelism: false};
  const snapshot = at({engine, plan: {engine: planned, node: {usedGpuCount: 1}, settings: engine.settings}});
  const picture = pictureOf('server', snapshot, size);
  expect(picture).toContain(size.expected);
  expect(picture).not.toMatch(/tensor parallel|TP/);
});

describe('a stopped engine whose configuration was edited', () => {
  const stopped = {state: 'stopped', pid: null, runId: null, endpoint: null} as const;

  test('has its own settings apart from those of the next start', () => {
    const snapshot = at({
      engine: stopped,
      plan: {
        settings: {engine: 'llamacpp', contextLengthTokens: 4_096},
        engine: {name: 'llamacpp', displayName: 'llama.cpp', hasMemoryFraction: false},
      },
    });
    const lines = pictureOf('server', snapshot, {columns: 116, rows: 6}).split('\n');
    const lastRun = lines.find((line) => line.includes('last run vLLM'));
    const nextStart = lines.find((line) => line.includes('next start llama.cpp'));
    expect(lastRun).toContain('context 262,144');
    expect(lastRun).not.toContain('memory fraction');
    expect(nextStart).toContain('context 4,096');
    expect(nextStart).not.toContain('memory fraction');
  });

  test('has one row where nothing differs', () => {
    const settings = buildSnapshot().engine.settings ?? {};
    const picture = pictureOf('server', at({engine: stopped, plan: {settings}}), {columns: 116, rows: 6});
    expect(picture).not.toMatch(/last run|next start/);
  });
});

test.each([
  [{}, '0.0.0.0:8000, no key', 'critical'],
  [{guard: 'partly'}, '0.0.0.0:8000, key for some paths', 'warning'],
  [{guard: 'unknown'}, '0.0.0.0:8000, key unknown', 'warning'],
  [{guard: 'key'}, '0.0.0.0:8000, with key', 'normal'],
  [{isWide: false}, '0.0.0.0:8000, no key', 'normal'],
] as const)('who can use the engine is shown at any width: %j', (change, text, tone) => {
  const access: EngineAccess = {addresses: ['0.0.0.0'], port: 8000, isWide: true, guard: 'open', ...change};
  for (const columns of [76, 116]) {
    const {rows} = viewOf('server', at({engine: {access}}), {columns, rows: 6});
    expect(rows.flat().find((part) => part.text.includes(':8000, '))).toEqual({text, tone});
  }
});
