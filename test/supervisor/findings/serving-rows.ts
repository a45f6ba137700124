import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {EngineMetricsSample, HistogramSample} from '../../../src/samples/engine-metrics.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {findingOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {gpuSample} from '../snapshot/observed.ts';
import {type FindingBench, noAnswer} from './finding-bench.ts';
import {type FindingRow, timePasses} from './finding-row.ts';

/** What the engine's page has, every second from now on. */
function read(bench: FindingBench, metrics: (second: number) => Partial<EngineMetricsSample>): void {
  const from = bench.second;
  bench.deliver = (second) =>
    bench.observe({type: 'metrics', sample: {...buildMetricsSample(second, metrics(second - from)), stamp: bench.now}});
}

/** How much of a GPU is in use, every second from now on. */
function fill(bench: FindingBench, usedBytes: (second: number) => number): void {
  const from = bench.second;
  bench.deliver = (second) => {
    const gpus = [gpuSample(0, {memoryUsedBytes: usedBytes(second - from)})];
    bench.observe({
      type: 'gpus',
      event: {type: 'frame', frame: {stamp: bench.now, gpus, expectedCount: 1, missingIndexes: []}},
    });
  };
}

const nothingRead = (bench: FindingBench): void => {
  bench.deliver = () => undefined;
  bench.pass(120);
};

const gone: FindingRow['ends'] = {
  'a stop': (bench) => bench.stop(),
  'a crash': (bench) => bench.exit(1),
};

const growth = (gibPerHour: number) => (second: number) => (100 + (gibPerHour * second) / 3600) * BYTES_PER_GIB;

/** One request a second, so many of ten of which wait longer than ten seconds. */
function firstTokens(second: number, slowOfTen: number): Partial<EngineMetricsSample> {
  const count = 100 + second;
  const slow = 50 + Math.floor((second * slowOfTen) / 10);
  const buckets = [10, 20, Number.POSITIVE_INFINITY].map((le) => ({le, count: le === 10 ? count - slow : count}));
  const timeToFirstTokenSeconds: HistogramSample = {buckets, sum: slow * 15, count};
  return {timeToFirstTokenSeconds, runningRequests: 3, waitingRequests: 0};
}

const unreadable = (bench: FindingBench, code: string): void => {
  const finding: Finding = findingOf(code, 'warning');
  bench.deliver = () => bench.observe({type: 'metrics-failed', finding});
};

const wide = {addresses: ['0.0.0.0'], port: 8000, isWide: true} as const;

export const servingRows: readonly FindingRow[] = [
  {
    shown: ['gpu.memory-growing'],
    codes: ['gpu.memory-growing'],
    raisedBy:
      'GPU memory that grows steadily by `findings.memoryGrowthGibPerHour` or more while the engine serves; measured from two minutes after it is ready by default: at 2 GiB per hour found within eleven minutes, at 60 within three',
    endedBy:
      'a third of `findings.memoryGrowthWindowMinutes` without growth, and `findings.resolvedSeconds`; the end of the run',
    raise: (bench) => {
      bench.serve();
      fill(bench, growth(20));
      bench.pass(900);
    },
    keeps: {'GPUs that are not read': nothingRead, 'further growth': timePasses},
    ends: {
      'memory that does not grow': (bench) => {
        const used = growth(20)(900);
        fill(bench, () => used);
        bench.pass(400);
      },
      ...gone,
    },
    near: (bench) => fill(bench, (second) => growth(second % 240 < 120 ? 2.1 : 1.9)(second)),
  },
  {
    shown: ['engine.requests-waiting'],
    codes: ['engine.requests-waiting'],
    raisedBy: '`findings.waitingRequests` that wait without a break for `findings.waitingSeconds`',
    endedBy: 'fewer of them for `findings.resolvedSeconds`: bursts in between are one finding; the end of the run',
    raise: (bench) => {
      bench.serve();
      read(bench, () => ({runningRequests: 4, waitingRequests: 9}));
      bench.pass(20);
    },
    keeps: {
      'metrics that are not read': nothingRead,
      'a short break': (bench) => {
        read(bench, () => ({runningRequests: 4, waitingRequests: 0}));
        bench.pass(30);
        read(bench, () => ({runningRequests: 4, waitingRequests: 9}));
      },
    },
    ends: {
      'an empty queue for the time': (bench) => {
        read(bench, () => ({runningRequests: 4, waitingRequests: 0}));
        bench.pass(65);
      },
      ...gone,
    },
    near: (bench) => read(bench, (second) => ({runningRequests: 4, waitingRequests: second % 40 < 20 ? 1 : 0})),
  },
  {
    shown: ['engine.first-token-slow'],
    codes: ['engine.first-token-slow'],
    raisedBy:
      'fewer than `findings.timeToFirstTokenQuantile` of at least ten requests of the last minute within `findings.timeToFirstTokenSeconds`, for `findings.timeToFirstTokenMissedSeconds`',
    endedBy: 'the target reached, or no request left, for `findings.resolvedSeconds`; the end of the run',
    raise: (bench) => {
      bench.serve();
      read(bench, (second) => firstTokens(second, 5));
      bench.pass(140);
    },
    keeps: {'metrics that are not read': nothingRead},
    ends: {
      'the target reached for the time': (bench) => {
        const slow = 50 + 70;
        read(bench, (second) => {
          const count = 240 + second;
          const buckets = [10, 20, Number.POSITIVE_INFINITY].map((le) => ({
            le,
            count: le === 10 ? count - slow : count,
          }));
          return {timeToFirstTokenSeconds: {buckets, sum: 1_800, count}, runningRequests: 3, waitingRequests: 0};
        });
        bench.pass(130);
      },
      ...gone,
    },
    near: (bench) => read(bench, (second) => firstTokens(second, second % 200 < 100 ? 1.1 : 0.9)),
  },
  {
    shown: ['engine.open-to-network', 'engine.key-guards-partly'],
    codes: ['engine.open-to-network', 'engine.key-guards-partly'],
    raisedBy:
      'a serving engine that listens beyond this host and answers a request without a key, or has paths that do',
    endedBy: 'a request that is refused without a key; no address beyond this host; the end of the run',
    raise: (bench, code) => {
      bench.serve();
      bench.observe({
        type: 'access',
        access: {...wide, addresses: [...wide.addresses], guard: code === 'engine.open-to-network' ? 'open' : 'partly'},
      });
    },
    keeps: {'time passing': timePasses},
    ends: {
      'a refused request': (bench) =>
        bench.observe({type: 'access', access: {...wide, addresses: ['0.0.0.0'], guard: 'key'}}),
      'another address': (bench) =>
        bench.observe({type: 'access', access: {...wide, addresses: ['127.0.0.1'], isWide: false, guard: 'open'}}),
      'a stop': (bench) => bench.stop(),
    },
  },
  {
    shown: ['engine.idle'],
    codes: ['engine.idle'],
    raisedBy: 'no request for `findings.idleMinutes`',
    endedBy: 'a request; the end of the run',
    raise: (bench) => {
      bench.serve();
      read(bench, () => ({runningRequests: 0, waitingRequests: 0, generationTokensTotal: 500, promptTokensTotal: 900}));
      bench.pass(1_805);
    },
    keeps: {
      'metrics that are not read': nothingRead,
      'a probe of Gantry': (bench) => {
        const key = Symbol('probe');
        const usage = {
          requests: 1,
          promptTokens: 30,
          cachedPromptTokens: null,
          generatedTokens: 16,
          finishReason: 'length',
        } as const;
        bench.observe({type: 'own-request-sent', key, expected: usage}, {type: 'own-request-ended', key, usage});
        read(bench, () => ({
          runningRequests: 0,
          waitingRequests: 0,
          generationTokensTotal: 516,
          promptTokensTotal: 930,
        }));
      },
    },
    ends: {
      'a request': (bench) => {
        read(bench, (second) => ({
          runningRequests: 1,
          waitingRequests: 0,
          generationTokensTotal: 500 + second,
          promptTokensTotal: 900,
        }));
        bench.pass(3);
      },
      'a short request between two readings': (bench) => {
        read(bench, () => ({
          runningRequests: 0,
          waitingRequests: 0,
          generationTokensTotal: 700,
          promptTokensTotal: 990,
        }));
        bench.pass(2);
      },
      ...gone,
    },
  },
  {
    shown: ['engine.no-progress'],
    codes: ['engine.no-progress'],
    raisedBy:
      'no step for `findings.noStepSeconds` while requests run, or wait without being deferred by the engine; in the log that `gantry diagnose` reads: an end that does not tell whether the engine hangs',
    endedBy: 'a step; the end of the requests; the state degraded, which reports it too; the end of the run',
    raise: (bench) => {
      bench.serve();
      read(bench, () => ({runningRequests: 3, progressTotal: 7}));
      bench.pass(25);
    },
    keeps: {
      'metrics that are not read': nothingRead,
      'another request': (bench) => read(bench, () => ({runningRequests: 4, progressTotal: 7})),
    },
    ends: {
      'a step': (bench) => {
        read(bench, (second) => ({runningRequests: 3, progressTotal: 7 + second}));
        bench.pass(1);
      },
      'the end of the requests': (bench) => {
        read(bench, () => ({runningRequests: 0, progressTotal: 7}));
        bench.pass(1);
      },
      'the state degraded': (bench) => {
        bench.probe = noAnswer;
        bench.post({
          type: 'progress-stalled',
          runId: bench.runId,
          stall: {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0},
        });
      },
      ...gone,
    },
  },
  {
    shown: ['source.metrics.*'],
    codes: ['broken-off', 'http-status', 'malformed', 'not-http', 'refused', 'skipped', 'timeout', 'too-large'].map(
      (code) => `source.metrics.${code}`,
    ),
    raisedBy: 'metrics of a serving engine that cannot be read for `findings.metricsUnreadSeconds`',
    endedBy: 'a scrape that works; the end of the run',
    raise: (bench, code) => {
      bench.serve();
      unreadable(bench, code);
      bench.pass(20);
    },
    keeps: {'time passing': timePasses},
    ends: {
      'a scrape that works': (bench) => {
        read(bench, () => ({runningRequests: 1}));
        bench.pass(1);
      },
      ...gone,
    },
    near: (bench) => {
      bench.deliver = (second) =>
        bench.observe(
          second % 16 === 0
            ? {type: 'metrics', sample: {...buildMetricsSample(second), stamp: bench.now}}
            : {type: 'metrics-failed', finding: findingOf('source.metrics.timeout', 'warning')},
        );
    },
  },
  {
    shown: ['metrics.repeated'],
    codes: ['metrics.repeated'],
    raisedBy: 'a page of metrics that has a series more than once; the first value counts',
    endedBy: 'a page without; the end of the run',
    raise: (bench, code) => {
      bench.serve();
      const finding: Finding = findingOf(code, 'warning');
      bench.deliver = (second) =>
        bench.observe({type: 'metrics', sample: {...buildMetricsSample(second), stamp: bench.now}, finding});
      bench.pass(2);
    },
    keeps: {'metrics that are not read': nothingRead},
    ends: {
      'a page without': (bench) => {
        read(bench, () => ({}));
        bench.pass(1);
      },
      ...gone,
    },
  },
  {
    shown: ['metrics.impossible-growth'],
    codes: ['metrics.impossible-growth'],
    raisedBy:
      'a counter that grew by more than any node can do in the time: a million generated tokens, 50 million prompt tokens or a million requests per second. The growth is in no rate, cost or history',
    endedBy: 'the end of the run',
    raise: (bench) => {
      bench.serve();
      read(bench, (second) => ({generationTokensTotal: second < 3 ? 100 * second : 433e9 + 100 * second}));
      bench.pass(5);
    },
    keeps: {'time passing': timePasses, 'metrics that are not read': nothingRead},
    ends: gone,
    near: (bench) => read(bench, (second) => ({generationTokensTotal: second * 900_000})),
  },
];
