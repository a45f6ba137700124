import type {BenchDocument} from '../../api/bench/bench-document.ts';
import type {ApiError} from '../../api/commands.ts';
import type {HistoryPoints} from '../../api/history.ts';
import type {ApiClient} from '../../client/api-client.ts';
import type {ObservedRequests} from '../../domain/bench/bench-workload.ts';
import type {Quantile} from '../../domain/traffic/quantile.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';
import type {Result} from '../../shared/result.ts';
import {MS_PER_DAY, MS_PER_MINUTE} from '../../shared/units.ts';

/** The time that stands for the node's usual requests. */
const WINDOW_MS = 7 * MS_PER_DAY;
/** Histograms are kept of whole intervals: one that a benchmark is in may begin before and end after it. */
const MARGIN_MS = 15 * MS_PER_MINUTE;
/** So many of the times between benchmarks are looked at, the longest first. */
const MOST_TIMES = 3;

type BenchTime = Pick<BenchDocument, 'atMs' | 'endedAtMs'>;
/** What is asked. */
export type ObservedNode = Pick<ApiClient, 'getHistory'> & {
  readonly getBenches: () => Promise<Result<{readonly benches: readonly BenchTime[]}, ApiError>>;
};

type Observed = {readonly requests: ObservedRequests; readonly count: number};
const nothing: Observed = {requests: {promptTokens: null, answerTokens: null, cachedRatio: null}, count: 0};

/**
 * Sizes and cached part of the requests of the last week, by what was kept; null for what is unknown. A benchmark is not what the node
 * is used for: of the times between benchmarks, the one with the most requests counts.
 */
export async function observeRequests(client: ObservedNode, nowMs: number): Promise<ObservedRequests> {
  const kept = await client.getBenches();
  let most = nothing;
  for (const time of timesBetween(kept.ok ? kept.value.benches : [], nowMs)) {
    const observed = await observeTime(client, time);
    if (observed.count > most.count) most = observed;
  }
  return most.requests;
}

type Time = {readonly fromMs: number; readonly untilMs: number};

/** The longest times of the last week in which no benchmark ran. */
function timesBetween(benches: readonly BenchTime[], nowMs: number): readonly Time[] {
  const times: Time[] = [];
  let fromMs = nowMs - WINDOW_MS;
  for (const {atMs, endedAtMs} of benches.toSorted((a, b) => a.atMs - b.atMs)) {
    if (atMs > nowMs) continue;
    times.push({fromMs, untilMs: atMs - MARGIN_MS});
    fromMs = Math.max(fromMs, endedAtMs + MARGIN_MS);
  }
  times.push({fromMs, untilMs: nowMs});
  const length = ({fromMs: from, untilMs: until}: Time): number => until - from;
  return times
    .filter((time) => length(time) > 0)
    .toSorted((a, b) => length(b) - length(a))
    .slice(0, MOST_TIMES);
}

async function observeTime(client: Pick<ApiClient, 'getHistory'>, {fromMs, untilMs}: Time): Promise<Observed> {
  const kept = await client.getHistory({
    series: ['promptTokensPerSecond', 'cachedPromptTokensPerSecond'],
    gpuSeries: [],
    windowMs: untilMs - fromMs,
    untilMs,
    requests: true,
  });
  if (!kept.ok) return nothing;
  const {series, requests} = kept.value;
  const count = requests?.latency.endToEnd.count;
  return {
    // One whose engine keeps no histograms may have a cached part.
    count: Math.max(1, count === undefined || isAbsent(count) ? 0 : count),
    requests: {
      promptTokens: medianOf(requests?.sizes.prompt.p50Tokens),
      answerTokens: medianOf(requests?.sizes.generation.p50Tokens),
      cachedRatio: cachedRatioOf(series.promptTokensPerSecond ?? [], series.cachedPromptTokensPerSecond ?? []),
    },
  };
}

function medianOf(p50: Reading<Quantile> | undefined): number | null {
  return p50 === undefined || isAbsent(p50) || p50.value < 1 ? null : p50.value;
}

/** Both series have their points at the same times; a time in which one is unknown says nothing. */
function cachedRatioOf(prompts: HistoryPoints, cached: HistoryPoints): number | null {
  const cachedAt = new Map(cached.map(({atMs, value}) => [atMs, value]));
  let [prompt, hits] = [0, 0];
  for (const {atMs, value} of prompts) {
    const hit = cachedAt.get(atMs);
    if (value === null || hit === null || hit === undefined) continue;
    prompt += value;
    hits += hit;
  }
  return prompt > 0 ? Math.min(1, hits / prompt) : null;
}
