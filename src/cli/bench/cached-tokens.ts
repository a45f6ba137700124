import {setTimeout as delay} from 'node:timers/promises';
import type {Snapshot} from '../../api/snapshot.ts';
import type {ApiClient} from '../../client/api-client.ts';
import type {BenchPoint} from '../../domain/bench/bench-point.ts';
import {absent, combineReadings, isAbsent, mapReading, type Reading} from '../../samples/reading.ts';

/** The supervisor reads the engine's counters every second or two. */
const PATIENCE_MS = 12_000;
const ASK_EVERY_MS = 250;

/** Cached prompt tokens since the start of the engine, by its counters of now; absent with the reason. `signal` ends the wait. */
export async function readCachedTokens(
  client: Pick<ApiClient, 'getSnapshot'>,
  signal: AbortSignal,
): Promise<Reading<number>> {
  const sinceMs = Date.now();
  for (;;) {
    const snapshot = await client.getSnapshot();
    if (!snapshot.ok) return absent('the supervisor did not answer');
    if (isReadSince(snapshot.value, sinceMs)) return snapshot.value.traffic.cachedPromptTokensTotal;
    if (signal.aborted || Date.now() - sinceMs > PATIENCE_MS) return absent("the engine's counters were not read");
    await delay(ASK_EVERY_MS, undefined, {signal}).catch(() => undefined);
  }
}

function isReadSince({takenAtMs, sources}: Snapshot, sinceMs: number): boolean {
  const {ageMs} = sources.metrics;
  return !isAbsent(ageMs) && takenAtMs - ageMs > sinceMs;
}

/** The load with what the engine's counters say of its prefix cache, unless the answers have said it. */
export function withCachedTokens(point: BenchPoint, before: Reading<number>, after: Reading<number>): BenchPoint {
  if (!isAbsent(point.cachedPromptTokens)) return point;
  const grown = combineReadings(before, after, (from, to) => to - from);
  // Counters that were reset say nothing of this load.
  const known = isAbsent(grown) || grown >= 0 ? grown : absent('the counters were reset');
  const cachedPromptTokens = mapReading(known, (tokens) => Math.min(tokens, point.promptTokens));
  return {...point, cachedPromptTokens};
}
