import type {CostView} from '../../src/api/cost/cost-view.ts';
import type {SizeView} from '../../src/api/cost/size-view.ts';
import type {NodeState, PriceDocument, TokenCounts} from '../../src/domain/cost/ledger/entries.ts';
import {liveCost} from '../../src/domain/cost/live/live-cost.ts';
import {LEAST_COVERED_MS, type PricedEntries} from '../../src/domain/cost/live/window-cost.ts';
import {absent} from '../../src/samples/reading.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE} from '../../src/shared/units.ts';
import {buildCostView} from '../../src/supervisor/cost/live/build-cost-view.ts';

const WATCHED_HOURS = 10 * 24 + 12;

/** Since when the node serves nobody, and why. */
type Unused = Pick<NonNullable<CostView['idle']>, 'state' | 'sinceMs'>;

/**
 * The money of a node that was watched for ten and a half days, with this traffic from 8 to 20 o'clock and a fifth of it at
 * night, and an hour each day in which nobody used it.
 */
export function buildCost(
  nowMs: number,
  minute: TokenCounts,
  nodeUsdPerHour: number,
  unused: Unused | null = null,
): CostView {
  const prices: PriceDocument = {
    node: {microUsdPerHour: nodeUsdPerHour * 1_000_000, microUsdPerKilowattHour: null},
    apis: [api('moonshot', 950_000, 190_000, 4_000_000), api('openrouter', 740_000, 150_000, 3_500_000)],
  };
  const firstMs = nowMs - WATCHED_HOURS * MS_PER_HOUR;
  const sinceMs = Math.max(firstMs, unused?.sinceMs ?? nowMs);
  const entries = {firstMs, nowMs, minute, unused: {state: unused?.state ?? 'idle', sinceMs}, prices};
  const hours = entriesOf(entries, MS_PER_HOUR);
  const minutes = entriesOf({...entries, firstMs: nowMs - 25 * MS_PER_HOUR}, MS_PER_MINUTE);
  const live = liveCost({minutes: [minutes], hours: [hours]}, {nowMs, inForce: prices, billedUntilMs: null, dated: []});
  return buildCostView(live, {
    nodeUsdPerHour,
    size: usedHalf(nowMs),
    idle:
      nowMs - sinceMs < LEAST_COVERED_MS
        ? null
        : {
            ...entries.unused,
            microUsd: ((nowMs - sinceMs) / MS_PER_HOUR) * nodeUsdPerHour * 1_000_000,
            isAtLeast: false,
          },
    priceBooks: [
      book('Moonshot kimi-k2.7-code', '2026-11-01', 0.95, 0.19, 4),
      {...book('OpenRouter moonshotai/kimi-k2.7-code', '2026-07-02', 0.74, 0.15, 3.5), isStale: true},
    ],
  });
}

/** A whole week of which half of the node was used. */
function usedHalf(nowMs: number): SizeView {
  return {
    isWholeWeek: true,
    load: {
      ...{sinceMs: nowMs - 7 * MS_PER_DAY, untilMs: nowMs, coveredMs: 6.9 * MS_PER_DAY},
      lengths: {
        requests: 48_210,
        longest: {aboveTokens: 100_000, atMostTokens: 110_000},
        p99: {aboveTokens: 50_000, atMostTokens: 60_000},
      },
      ...{mostRunningRequests: 23.4, mostKvUsageRatio: 0.61},
    },
    present: {gpuName: 'NVIDIA H200', gpuCount: 8, contextTokens: 262_144},
    windows: [
      {contextTokens: 32_768, isPresent: false, refused: {atLeast: 9_000, atMost: 11_090}},
      {contextTokens: 65_536, isPresent: false, refused: {atLeast: 210, atMost: 480}},
      {contextTokens: 131_072, isPresent: false, refused: {atLeast: 0, atMost: 0}},
      {contextTokens: 262_144, isPresent: true, refused: null},
    ],
    neededContextTokens: 131_072,
    smaller: null,
  };
}

/** The money of a node whose ledger has nothing yet. */
export function nothingBooked(nowMs: number): CostView {
  const node = {microUsdPerHour: 36_000_000, microUsdPerKilowattHour: null};
  const live = liveCost({minutes: [], hours: []}, {nowMs, inForce: {node, apis: []}, billedUntilMs: null, dated: []});
  const size = absent('judged once an hour, first after a minute');
  return buildCostView(live, {nodeUsdPerHour: 36, priceBooks: [], size, idle: null});
}

function api(name: string, input: number, cached: number, output: number): PriceDocument['apis'][number] {
  return {
    name,
    model: 'kimi-k2.7-code',
    picoUsdPerInputToken: input,
    picoUsdPerCachedToken: cached,
    picoUsdPerOutputToken: output,
  };
}

function book(name: string, asOf: string, input: number, cached: number, output: number) {
  return {
    name,
    asOf,
    isStale: false,
    inputUsdPerMillionTokens: input,
    cachedInputUsdPerMillionTokens: cached,
    outputUsdPerMillionTokens: output,
  };
}

/** Of the traffic of a working day; less each day further back, so that days differ. */
function shareAt(atMs: number, nowMs: number): number {
  const hour = new Date(atMs).getUTCHours();
  if (hour === 3) return 0;
  const daysBack = Math.floor((nowMs - atMs) / MS_PER_DAY);
  return (hour >= 8 && hour < 20 ? 1 : 0.2) * (1 - 0.05 * (daysBack % 8));
}

function times({input, cached, output}: TokenCounts, factor: number): TokenCounts {
  return {
    input: Math.round(input * factor),
    cached: Math.round(cached * factor),
    output: Math.round(output * factor),
  };
}

function entriesOf(
  {
    firstMs,
    nowMs,
    minute,
    unused,
    prices,
  }: {
    readonly firstMs: number;
    readonly nowMs: number;
    readonly minute: TokenCounts;
    readonly unused: Unused;
    readonly prices: PriceDocument;
  },
  lengthMs: number,
): PricedEntries {
  const starts = Array.from({length: (nowMs - firstMs) / lengthMs}, (_, index) => firstMs + index * lengthMs);
  // The days of UTC begin at midnight, whatever the time of day is now.
  const midnightMs = Math.ceil(nowMs / MS_PER_DAY) * MS_PER_DAY;
  const usedMs = (atMs: number): number => Math.min(lengthMs, Math.max(0, unused.sinceMs - atMs));
  const time = (atMs: number, state: NodeState, ms: number) => ({atMs, state, isGap: false, ms, milliwattMs: 0});
  return {
    prices,
    tokens: starts.map((atMs) => ({
      atMs,
      tokens: times(minute, shareAt(atMs, midnightMs - 1) * (usedMs(atMs) / MS_PER_MINUTE)),
    })),
    times: starts.flatMap((atMs) =>
      [
        time(atMs, shareAt(atMs, midnightMs - 1) === 0 ? 'idle' : 'serving', usedMs(atMs)),
        time(atMs, unused.state, lengthMs - usedMs(atMs)),
      ].filter(({ms}) => ms > 0),
    ),
  };
}
