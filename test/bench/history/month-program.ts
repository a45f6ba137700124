import {rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {type HistoryQuery, historySeriesNames, MAX_HISTORY_MS} from '../../../src/api/history.ts';
import {noTargets} from '../../../src/domain/traffic/latencies.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {readPastHistory} from '../../../src/history/past/read-past-history.ts';
import type {HistogramSample} from '../../../src/samples/engine-metrics.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {type Cost, costOf} from './cost-of-calls.ts';

const START_MS = Date.UTC(2026, 9, 1);
const STEP_MS = 10_000;
const MINUTE_STEP_MS = 60_000;
const DAY_MS = 24 * MS_PER_HOUR;
const BUSY_REQUESTS = 12;
/** As the engines have them, seconds. */
const secondEdges = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
];
const tokenEdges = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5];
const MOST_CPU_MS = 50;
const MOST_BLOCKED_MS = 10;

/** A histogram that is observed from outside, with values around a middle. */
function createHistogram(edges: readonly number[], middle: number) {
  const counts = new Float64Array(edges.length + 1);
  let sum = 0;
  let seed = middle * 1_000;
  return {
    observe(times: number): void {
      for (let each = 0; each < times; each += 1) {
        seed = (seed * 16_807 + 11) % 2_147_483_647;
        const value = middle * 10 ** (((seed % 1_000) - 500) / 700);
        const place = edges.findIndex((edge) => value <= edge);
        counts[place === -1 ? edges.length : place] = (counts[place === -1 ? edges.length : place] ?? 0) + 1;
        sum += value;
      }
    },
    read(): HistogramSample {
      let count = 0;
      const buckets = [...edges, Number.POSITIVE_INFINITY].map((le, place) => {
        count += counts[place] ?? 0;
        return {le, count};
      });
      return {buckets, sum, count};
    },
  };
}

/** Prints what thirty busy days cost: to write, on disk, and to read; false if a chart of all of them takes 50 ms of CPU. */
async function measureMonth(): Promise<boolean> {
  const file = path.join(tmpdir(), `gantry-month-${process.pid}.sqlite`);
  const opened = openHistory({path: file});
  if (!opened.ok) throw new Error(opened.error.message);
  const history = opened.value;
  const histograms = {
    timeToFirstTokenSeconds: createHistogram(secondEdges, 0.4),
    interTokenLatencySeconds: createHistogram(secondEdges, 0.03),
    endToEndLatencySeconds: createHistogram(secondEdges, 12),
    queueTimeSeconds: createHistogram(secondEdges, 0.05),
    prefillTimeSeconds: createHistogram(secondEdges, 0.3),
    decodeTimeSeconds: createHistogram(secondEdges, 11),
    promptLengthTokens: createHistogram(tokenEdges, 9_000),
    generationLengthTokens: createHistogram(tokenEdges, 700),
    longestGenerationTokens: createHistogram(tokenEdges, 700),
  };
  const endMs = START_MS + MAX_HISTORY_MS;
  const values = Object.fromEntries(historySeriesNames.map((name) => [name, 1]));
  let addMicroseconds = 0;
  let pages = 0;
  // The last day as densely as it is kept, the days before as well.
  for (let atMs = START_MS; atMs <= endMs; atMs += atMs < endMs - DAY_MS ? MINUTE_STEP_MS : STEP_MS) {
    const read: Partial<Record<keyof typeof histograms, HistogramSample>> = {};
    for (const [name, histogram] of Object.entries(histograms)) {
      histogram.observe(BUSY_REQUESTS);
      Object.assign(read, {[name]: histogram.read()});
    }
    // Pages a minute apart, which are quicker to make, would be gaps.
    const engine = buildMetricsSample((pages * STEP_MS) / 1_000, {...read, generationTokensTotal: atMs});
    const before = process.cpuUsage();
    history.recordRequests(atMs, 'run-1', {engine, clients: engine});
    const used = process.cpuUsage(before);
    addMicroseconds += used.user + used.system;
    pages += 1;
    history.recordSample(atMs, values);
  }
  const query: HistoryQuery = {
    series: historySeriesNames.filter((name) => name.endsWith('Ms')),
    gpuSeries: [],
    windowMs: MAX_HISTORY_MS,
    requests: true,
  };
  const reading = (more: Partial<HistoryQuery>) => () => history.readHistory({...query, ...more}, endMs, noTargets);
  const chart = await costOf(reading({}));
  const week = await costOf(reading({windowMs: 7 * DAY_MS}));
  const day = await costOf(reading({windowMs: DAY_MS}));
  const quarterDay = await costOf(reading({windowMs: 6 * MS_PER_HOUR}));
  const quarter = await costOf(reading({series: [], windowMs: 15 * MS_PER_MINUTE}));
  const all = await costOf(reading({series: historySeriesNames}));
  const empty = await costOf(() => emptyLoop(all.tookMs));
  history.close();
  const cold = await costOf(async () => readPastHistory(file, query, endMs));
  const bytes = statSync(file).size;
  rmSync(file);
  const costText = ({cpuMs, blockedMs}: Cost): string =>
    `${cpuMs.toFixed(1)} ms of CPU, the loop blocked for ${blockedMs.toFixed(1)} ms at most (${(blockedMs / empty.blockedMs).toFixed(0)} times an empty loop)`;
  process.stdout.write(
    [
      `30 busy days, ${BUSY_REQUESTS} requests in ten seconds, nine histograms, with the supervisor's flags:`,
      `  a page of metrics is added in ${(addMicroseconds / pages).toFixed(0)} us of CPU; the file with all series has ${(bytes / 1e6).toFixed(1)} MB`,
      `  30 days: ${costText(chart)}; without a supervisor ${cold.cpuMs.toFixed(1)} ms of CPU`,
      `  7 days: ${costText(week)}`,
      `  24 hours: ${costText(day)}`,
      `  6 hours: ${costText(quarterDay)}`,
      `  the figures of 15 minutes: ${costText(quarter)}`,
      `  all ${historySeriesNames.length} series of 30 days: ${costText(all)}`,
      `  an empty loop: blocked for ${empty.blockedMs.toFixed(2)} ms at most`,
      '',
    ].join('\n'),
  );
  return chart.cpuMs < MOST_CPU_MS && [chart, week, day, quarterDay, quarter].every(isShort);
}

function isShort({blockedMs}: Cost): boolean {
  return blockedMs < MOST_BLOCKED_MS;
}

async function emptyLoop(forMs: number): Promise<void> {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) {
    await new Promise<void>((resume) => {
      setImmediate(resume);
    });
  }
}

if (!(await measureMonth())) process.exitCode = 1;
