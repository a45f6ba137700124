import {describe, expect, test} from 'vitest';
import type {PublishedPrices} from '../../../../src/domain/cost/published-prices.ts';
import {type LoadHistory, observedLoad} from '../../../../src/domain/cost/right-size/observed-load.ts';
import {type RightSize, rightSizeSteps} from '../../../../src/domain/cost/right-size/right-size.ts';
import {requestLengthsOf} from '../../../../src/domain/traffic/request-lengths.ts';
import {resultOf} from '../../../../src/history/steps.ts';
import {absent} from '../../../../src/samples/reading.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../../src/shared/units.ts';
import {H200, planInput} from '../../memory/plan-samples.ts';

const K = 1_024;
const DAY_MS = 24 * MS_PER_HOUR;
const STEP_MS = 3 * MS_PER_MINUTE;
const NOW_MS = Date.UTC(2026, 10, 28);

const rent = (card: string, low: number, high: number) => ({
  ...{card, provider: 'specialty', low, high, asOf: '2026-11', source: 'a list'},
});
const prices: PublishedPrices = {apis: [], gpus: [rent('H200', 3, 4), rent('B200', 5, 9)], ownership: []};

/** Sizes by the upper bound of their bucket; `Infinity` for those beyond the last one. */
function histogram(sizes: Readonly<Record<number, number>>, beyond = 0) {
  let count = 0;
  const buckets = Object.entries(sizes).map(([le, observations]) => {
    count += observations;
    return {le: Number(le), count};
  });
  count += beyond;
  return {buckets: [...buckets, {le: Number.POSITIVE_INFINITY, count}], sum: count, count};
}

type Change = Partial<LoadHistory> & {
  readonly isKnown?: (atMs: number) => boolean;
  readonly outputRate?: (atMs: number) => number;
};

/** A quiet week: prompts of up to 20,000 tokens, answers of up to 1,000. */
function weekOf({isKnown = () => true, outputRate = () => 50, ...rest}: Change = {}): LoadHistory {
  const sinceMs = rest.sinceMs ?? NOW_MS - 7 * DAY_MS;
  const slots = Array.from({length: (NOW_MS - sinceMs) / STEP_MS + 1}, (_, index) => sinceMs + index * STEP_MS);
  const points = (value: (atMs: number) => number) =>
    slots.map((atMs) => ({atMs, value: isKnown(atMs) ? value(atMs) : null}));
  return {
    sinceMs,
    untilMs: NOW_MS,
    series: {
      runningRequests: points(() => 4),
      kvUsageRatio: points(() => 0.01),
      promptTokensPerSecond: points(() => 900),
      cachedPromptTokensPerSecond: points(() => 800),
      generationTokensPerSecond: points(outputRate),
    },
    lengths: requestLengthsOf(histogram({10000: 90, 20000: 10}), histogram({500: 90, 1000: 10})),
    ...rest,
  };
}

function sizeOf(history: LoadHistory, nodeUsdPerHour: number | null = 57.6): RightSize {
  const plan = planInput(H200, {tensorParallelSize: 16}, {gpuCount: 16});
  const load = observedLoad(history);
  return resultOf(rightSizeSteps({plan, load, kvCapacityTokens: 4_000_000, nodeUsdPerHour, prices, nowMs: NOW_MS}));
}

describe('observedLoad', () => {
  test('has the most of a week, and the busy hour without cached prompt tokens', () => {
    expect(observedLoad(weekOf())).toMatchObject({
      coveredMs: 7 * DAY_MS,
      mostRunningRequests: 4,
      mostKvUsageRatio: 0.01,
      busyTokensPerSecond: 150,
      busyOutputTokensPerSecond: 50,
    });
  });

  test('has the rate that all but one hour in twenty stay below', () => {
    const busyFor = (hours: number) =>
      observedLoad(weekOf({outputRate: (atMs) => (atMs < NOW_MS - 7 * DAY_MS + hours * MS_PER_HOUR ? 5_000 : 50)}));
    expect(busyFor(5).busyOutputTokensPerSecond).toBe(50);
    expect(busyFor(17).busyOutputTokensPerSecond).toBe(5_000);
  });

  test('has nothing of what is unknown', () => {
    expect(observedLoad({...weekOf(), series: {}, lengths: absent('none')})).toMatchObject({
      ...{coveredMs: 0, mostRunningRequests: null, mostKvUsageRatio: null},
      ...{busyTokensPerSecond: null, busyOutputTokensPerSecond: null},
    });
  });
});

describe('rightSize', () => {
  test('compares windows by what they refuse and what the plan has room for', () => {
    const {windows, neededContextTokens} = sizeOf(weekOf());
    expect(windows.map(({contextTokens, refused, isPresent}) => [contextTokens / K, refused, isPresent])).toEqual([
      [32, {atLeast: 0, atMost: 0}, false],
      [64, {atLeast: 0, atMost: 0}, false],
      [128, {atLeast: 0, atMost: 0}, false],
      [256, null, true],
    ]);
    expect(neededContextTokens).toBe(32 * K);
    const [short, , , present] = windows;
    expect((short?.fullLengthSequences ?? 0) / (present?.fullLengthSequences ?? 1)).toBeCloseTo(8, 1);
  });

  test('names the cheapest node that has room and the throughput', () => {
    const {smaller, nodes, neededKvTokens} = sizeOf(weekOf());
    expect(neededKvTokens).toBe(50_000);
    expect(smaller).toMatchObject({gpuName: H200, gpuCount: 8, throughput: 'enough', cheaper: 'always'});
    expect(smaller?.usdPerHour).toMatchObject({low: 24, high: 32});
    for (const node of nodes) expect(node.gpuName !== H200 || node.gpuCount < 16).toBe(true);
  });

  test.each<[string, LoadHistory]>([
    ['six days', weekOf({sinceMs: NOW_MS - 6 * DAY_MS})],
    ['a week with a day missing', weekOf({isKnown: (atMs) => atMs > NOW_MS - 6 * DAY_MS})],
    ['a week with two hours missing each day', weekOf({isKnown: (atMs) => atMs % DAY_MS > 2 * MS_PER_HOUR})],
    ['a week without sizes of requests', weekOf({lengths: absent('the engine counts none')})],
  ])('says nothing after %s', (_, history) => {
    expect(sizeOf(history)).toMatchObject({isWholeWeek: false, smaller: null});
  });

  test('does not advise a node that is too slow, or one of which nothing was published', () => {
    const {nodes, smaller} = sizeOf(weekOf({outputRate: () => 3_000}));
    expect(smaller).toBeNull();
    expect(nodes.find(({gpuName, gpuCount}) => gpuName === H200 && gpuCount === 8)?.throughput).toBe('too-low');
    expect(nodes.map(({throughput}) => throughput)).not.toContain('enough');
  });

  test('does not advise another card that may cost as much', () => {
    const [h200, b200] = [sizeOf(weekOf()).nodes, sizeOf(weekOf(), 36).nodes].map((nodes) =>
      nodes.find(({gpuName}) => gpuName.includes('B200')),
    );
    expect(h200?.cheaper).toBe(h200?.gpuCount === 4 ? 'always' : 'sometimes');
    expect(b200?.cheaper).toBe(b200?.gpuCount === 4 ? 'sometimes' : 'never');
    expect(sizeOf(weekOf(), null).smaller?.gpuCount).toBe(8);
  });

  test('keeps the window that the longest request needs', () => {
    const needed = (prompts: Readonly<Record<number, number>>, beyond = 0) =>
      sizeOf(weekOf({lengths: requestLengthsOf(histogram(prompts, beyond), histogram({1000: 100}))}))
        .neededContextTokens;
    expect(needed({100000: 100})).toBe(128 * K);
    expect(needed({200000: 100})).toBe(256 * K);
    expect(needed({10000: 99}, 1)).toBe(256 * K);
  });
});
