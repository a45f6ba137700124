import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {GpuSeriesName, HistoryQuery, HistorySeriesName} from '../../src/api/history.ts';
import {gpuHistoryValues, historyValues} from '../../src/api/history-values.ts';
import {openRecording} from '../../src/api/recording/open-recording.ts';
import {createSnapshotEncoder} from '../../src/api/recording/snapshot-encoder.ts';
import {
  chosenSeries,
  type SeriesChoice,
  seriesChoices,
  seriesQuery,
  seriesText,
  seriesUnit,
} from '../../src/api/series-choice.ts';
import type {Snapshot} from '../../src/api/snapshot.ts';
import {latencyOf, noTargets} from '../../src/domain/traffic/latencies.ts';
import {quantileRange} from '../../src/domain/traffic/quantile.ts';
import {addSample, emptyWindow, trafficOf} from '../../src/domain/traffic/traffic-window.ts';
import {type HistoryStore, openHistory} from '../../src/history/open-history.ts';
import {readPastHistory} from '../../src/history/past/read-past-history.ts';
import {isAbsent} from '../../src/samples/reading.ts';
import {axisValueText} from '../../src/shared/quantities/axis-units.ts';
import {BYTES_PER_MIB, MS_PER_HOUR, MS_PER_MINUTE} from '../../src/shared/units.ts';
import {windowLatenciesView} from '../../src/views/details/window-latencies.ts';
import {latencyQuantileText} from '../../src/views/format/quantiles.ts';
import {unicodeGlyphs} from '../../src/views/glyphs.ts';
import {type HistoryChoice, historyQuestion, initialHistory} from '../../src/views/history-screen/history-choice.ts';
import {historyView} from '../../src/views/history-screen/history-view.ts';
import {makeTemporaryDirectory} from '../harness/temporary-directory.ts';
import {buildMetricsSample} from '../support/build-metrics-sample.ts';
import {buildConsoleData, buildSnapshot} from '../support/build-snapshot.ts';
import {histogramOf, nearestRank} from '../support/histogram-of.ts';
import {textOf} from '../views/draw.ts';

const START_MS = Date.UTC(2026, 10, 23, 12);
const SECONDS = 600;
/** The moment that all surfaces are asked for: neither the newest nor at the edge of an interval. */
const MOMENT = 427;
const MOMENT_MS = START_MS + MOMENT * 1_000;
const LATER_MS = START_MS + 3 * MS_PER_HOUR;
const GPU = 3;
const edges = [0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const nodeNames = ['generationTokensPerSecond', 'requestsPerSecond', 'timeToFirstTokenP95Ms', 'kvUsageRatio'] as const;
const gpuNames = ['memoryUsedBytes', 'powerDrawWatts'] as const;
const choices: readonly SeriesChoice[] = [
  ...nodeNames.map((name): SeriesChoice => ({of: 'node', name})),
  ...gpuNames.map((name): SeriesChoice => ({of: 'gpu', name, index: GPU})),
];

/** Seconds to the first token of the requests that begin in a second: three, of which some are slow. */
const requestsIn = (second: number): number[] => [0.3, 0.7, second % 5 === 0 ? 4 : 1.2];
const requestsBetween = (from: number, to: number): number[] =>
  Array.from({length: to - from}, (_, place) => requestsIn(from + 1 + place)).flat();

let store: HistoryStore;
let file = '';
let directory: ReturnType<typeof makeTemporaryDirectory>;
const snapshots: Snapshot[] = [];
const lines: string[] = [];

/** What a supervisor keeps of ten minutes of traffic: snapshots, a recording and the history. */
beforeAll(() => {
  directory = makeTemporaryDirectory('one-moment');
  file = path.join(directory.directory, 'history.sqlite');
  const opened = openHistory({path: file});
  if (!opened.ok) throw new Error(opened.error.message);
  store = opened.value;
  const base = buildSnapshot();
  const encoder = createSnapshotEncoder();
  let window = emptyWindow;
  let tokens = 0;
  for (let second = 0; second <= SECONDS; second += 1) {
    tokens += 900 + 7 * (second % 41);
    const observed = requestsBetween(0, second);
    const sample = buildMetricsSample(second, {
      generationTokensTotal: tokens,
      finishedRequestsTotal: {stop: observed.length},
      timeToFirstTokenSeconds: histogramOf(observed, edges),
      kvUsageRatio: 0.2 + (second % 97) / 200,
    });
    window = addSample(window, sample);
    const gpus = base.gpus.map((gpu, index) => ({
      ...gpu,
      memoryUsedBytes: (100_000 + second * (index + 1)) * BYTES_PER_MIB,
      powerDrawWatts: 300 + ((second * 13) % 101) + index,
    }));
    const snapshot: Snapshot = {
      ...base,
      takenAtMs: START_MS + second * 1_000,
      gpus,
      traffic: trafficOf(window),
      kvCache: {...base.kvCache, usageRatio: sample.kvUsageRatio},
      latency: latencyOf(window, noTargets),
    };
    snapshots.push(snapshot);
    lines.push(JSON.stringify(encoder.encode(snapshot, null).line));
    store.recordRequests(snapshot.takenAtMs, 'run-1', {engine: sample, clients: sample});
    const kept = store.recordSample(snapshot.takenAtMs, historyValues(snapshot), gpuHistoryValues(snapshot));
    expect(kept).toEqual({ok: true, value: null});
  }
});
afterAll(() => {
  store.close();
  directory.remove();
});

const nodeValue = (snapshot: Snapshot, name: HistorySeriesName): number => historyValues(snapshot)[name] ?? Number.NaN;
const gpuValue = (snapshot: Snapshot, name: GpuSeriesName, index: number): number =>
  gpuHistoryValues(snapshot).find((gpu) => gpu.index === index)?.values[name] ?? Number.NaN;

/** What the snapshot said, on average over the interval of this length that the moment is in. */
function expected(choice: SeriesChoice, stepMs: number, gpu = GPU): number {
  const fromMs = Math.floor(MOMENT_MS / stepMs) * stepMs;
  const within = snapshots.filter(({takenAtMs}) => takenAtMs >= fromMs && takenAtMs < fromMs + stepMs);
  const values = within.map((each) =>
    choice.of === 'node' ? nodeValue(each, choice.name) : gpuValue(each, choice.name, gpu),
  );
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const atMoment = (choice: HistoryChoice): HistoryChoice => ({
  ...choice,
  cursorMs: MOMENT_MS,
  endMs: MOMENT_MS + 60_000,
});

/** The value of each series at the cursor of the History screen, as it is drawn. */
async function cursorTexts(nowMs: number, window: number): Promise<ReadonlyMap<string, string>> {
  const choice = atMoment({...initialHistory, window});
  const {window: question, moment} = historyQuestion(choice);
  if (moment === null) throw new Error('no cursor');
  const answer = async (asked: HistoryQuery) => ({
    kind: 'loaded' as const,
    question: asked,
    history: await store.readHistory(asked, nowMs),
  });
  const size = {columns: 160, rows: seriesChoices.length + 2};
  const input = {data: buildConsoleData(), choice, nowMs, glyphs: unicodeGlyphs, ...size};
  const {rows} = historyView({...input, window: await answer(question), moment: await answer(moment)});
  return new Map(
    rows.flatMap((row): [string, string][] => {
      const [, name = '', value = ''] =
        /^[> +]+([\w.]+) +(.+)$/.exec(
          row
            .slice(0, 2)
            .map(({text}) => text)
            .join(''),
        ) ?? [];
      return name === '' ? [] : [[name, value.trim()]];
    }),
  );
}

/** The same, as it should be: of GPUs the greatest. */
function textAtCursor(choice: SeriesChoice, stepMs: number): string {
  const unit = seriesUnit(choice);
  if (choice.of === 'node') return axisValueText(expected(choice, stepMs), unit);
  const ofEach = (snapshots[0]?.gpus ?? []).map(({index}) => expected(choice, stepMs, index));
  return `max ${axisValueText(Math.max(...ofEach), unit)}`;
}

describe('one moment', () => {
  test('of a recording is its snapshot', () => {
    const recording = openRecording(Buffer.from(lines.join('\n')));
    if (!recording.ok) throw new Error(recording.error.message);
    const place = recording.value.timesMs.indexOf(MOMENT_MS);
    expect(recording.value.momentAt(place)?.snapshot.latency).toEqual(snapshots[MOMENT]?.latency);
    const measured = recording.value.measuredAt(place);
    const snapshot = snapshots[MOMENT];
    if (measured === null || snapshot === undefined) throw new Error('nothing is recorded');
    expect(historyValues(measured)).toEqual(historyValues(snapshot));
    expect(gpuHistoryValues(measured)).toEqual(gpuHistoryValues(snapshot));
  });

  test('of the history is the snapshot by the second, and of GPUs its mean over ten seconds, with and without a supervisor', async () => {
    const nowMs = START_MS + SECONDS * 1_000;
    const query: HistoryQuery = {...seriesQuery(choices), windowMs: 10 * MS_PER_MINUTE};
    // Another process reads what is written.
    store.writeSoon();
    store.recordSample(nowMs, {});
    const fresh = await store.readHistory(query, nowMs);
    for (const choice of choices) {
      const stepMs = choice.of === 'node' ? 1_000 : 10_000;
      const [series] = chosenSeries(fresh, [choice]);
      const point = series?.points.findLast(({atMs}) => atMs <= MOMENT_MS);
      expect(point?.atMs, seriesText(choice)).toBe(Math.floor(MOMENT_MS / stepMs) * stepMs);
      expect(point?.value, seriesText(choice)).toBeCloseTo(expected(choice, stepMs), 6);
    }
    const past = readPastHistory(file, {...query, untilMs: MOMENT_MS}, nowMs);
    const present = await store.readHistory({...query, untilMs: MOMENT_MS}, nowMs);
    if (!past.ok) throw new Error(past.error.message);
    expect(chosenSeries(past.value, choices)).toEqual(chosenSeries(present, choices));
  });

  test('at the cursor of the History screen is what the snapshot was, and hours later its mean over ten seconds', async () => {
    const now = await cursorTexts(START_MS + SECONDS * 1_000, 1);
    for (const choice of choices) {
      const name = seriesText(choice.of === 'gpu' ? {...choice, index: null} : choice);
      expect([name, now.get(name)]).toEqual([name, textAtCursor(choice, choice.of === 'node' ? 1_000 : 10_000)]);
    }
    // Quantiles are then of the requests of each interval, and not of the minute before.
    store.recordSample(LATER_MS, {kvUsageRatio: null});
    const later = await cursorTexts(LATER_MS, 1);
    for (const choice of choices.filter(({name}) => name !== 'timeToFirstTokenP95Ms')) {
      const name = seriesText(choice.of === 'gpu' ? {...choice, index: null} : choice);
      expect([name, later.get(name)]).toEqual([name, textAtCursor(choice, 10_000)]);
    }
  });

  test('of the Latency screen has every request of its window, and the same p95 as the snapshot within its bucket', async () => {
    const ofMinute = snapshots[MOMENT]?.latency.timeToFirstToken.p95Ms;
    const untilMs = MOMENT_MS;
    const {requests} = await store.readHistory(
      {series: [], gpuSeries: [], windowMs: 5 * MS_PER_MINUTE, untilMs, requests: true},
      START_MS + SECONDS * 1_000,
    );
    const kept = requests?.latency.timeToFirstToken;
    if (
      kept === undefined ||
      ofMinute === undefined ||
      isAbsent(ofMinute) ||
      isAbsent(kept.p95Ms) ||
      isAbsent(kept.count)
    )
      throw new Error('nothing is kept');
    // The window begins and ends with an interval: each may add or leave out its requests.
    const perInterval = requestsBetween(0, 10).length;
    expect(Math.abs(kept.count - requestsBetween(MOMENT - 300, MOMENT).length)).toBeLessThanOrEqual(perInterval);
    for (const [quantile, from] of [
      [ofMinute, MOMENT - 60],
      [kept.p95Ms, MOMENT - 300],
    ] as const) {
      const [least, most] = quantileRange(quantile);
      const truth = 1_000 * nearestRank(requestsBetween(from, MOMENT), 0.95);
      expect(truth).toBeGreaterThanOrEqual(least * (1 - 1e-6));
      expect(truth).toBeLessThanOrEqual(most * (1 + 1e-6));
    }
    if (requests === undefined) throw new Error('nothing is kept');
    const window = {lengthMs: 5 * MS_PER_MINUTE, text: '5 min', figures: requests, gaps: []};
    const input = {
      data: buildConsoleData(),
      nowMs: MOMENT_MS,
      glyphs: unicodeGlyphs,
      columns: 100,
      rows: 9,
      keyOf: null,
      options: {},
    };
    const drawn = windowLatenciesView(input, window)
      .rows.map(textOf)
      .find((row) => row.startsWith('first token'));
    expect(drawn).toContain(latencyQuantileText(kept.p95Ms));
  });
});
