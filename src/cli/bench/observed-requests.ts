import type {HistoryPoints} from '../../api/history.ts';
import type {ApiClient} from '../../client/api-client.ts';
import type {ObservedRequests} from '../../domain/bench/bench-workload.ts';
import type {Quantile} from '../../domain/traffic/quantile.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';

/** The time that stands for the node's usual requests. */
const WINDOW_MS = 7 * 24 * MS_PER_HOUR;

/** Sizes and cached part of the requests of the last week, by what was kept; null for what is unknown. */
export async function observeRequests(client: Pick<ApiClient, 'getHistory'>): Promise<ObservedRequests> {
  const kept = await client.getHistory({
    series: ['promptTokensPerSecond', 'cachedPromptTokensPerSecond'],
    gpuSeries: [],
    windowMs: WINDOW_MS,
    requests: true,
  });
  if (!kept.ok) return {promptTokens: null, answerTokens: null, cachedRatio: null};
  const {series, requests} = kept.value;
  return {
    promptTokens: medianOf(requests?.sizes.prompt.p50Tokens),
    answerTokens: medianOf(requests?.sizes.generation.p50Tokens),
    cachedRatio: cachedRatioOf(series.promptTokensPerSecond ?? [], series.cachedPromptTokensPerSecond ?? []),
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
