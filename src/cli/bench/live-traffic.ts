import type {ApiError} from '../../api/commands.ts';
import type {HistorySeriesName} from '../../api/history.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {ApiClient} from '../../client/api-client.ts';
import {isAbsent} from '../../samples/reading.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {MS_PER_MINUTE} from '../../shared/units.ts';

/** Whoever sent a request in this time will probably send another one. */
const QUIET_MS = MS_PER_MINUTE;
/** A rate is over about ten seconds. */
const RATES_MS = 12_000;
const series: readonly HistorySeriesName[] = ['runningRequests', 'promptTokensPerSecond', 'generationTokensPerSecond'];

/**
 * Why the node must not be loaded: clients use it, or nothing tells whether they do. Null for one without traffic, besides that of a
 * benchmark until `lastBenchUntilMs`.
 */
export async function findLiveTraffic(
  {traffic}: Pick<Snapshot, 'traffic'>,
  client: Pick<ApiClient, 'getHistory'>,
  lastBenchUntilMs: number | null,
): Promise<ApiError | null> {
  const {runningRequests} = traffic;
  if (!isAbsent(runningRequests) && runningRequests > 0) {
    return refusal(`Clients use this node: ${countedText(runningRequests, 'request')} running now.`);
  }
  const kept = await client.getHistory({series, gpuSeries: [], windowMs: QUIET_MS});
  if (!kept.ok) return kept.error;
  // The rates of a moment are of the seconds before it.
  const isClients = ({atMs}: {readonly atMs: number}): boolean =>
    lastBenchUntilMs === null || atMs > lastBenchUntilMs + RATES_MS;
  const values = series.flatMap((name) => (kept.value.series[name] ?? []).filter(isClients).map(({value}) => value));
  if (values.some((value) => value !== null && value > 0)) {
    return refusal(`Clients use this node: it has answered requests in the last ${durationText(QUIET_MS)}.`);
  }
  return isAbsent(runningRequests)
    ? refusal(`Nothing tells whether clients use this node: ${runningRequests.absent}.`)
    : null;
}

function refusal(message: string): ApiError {
  return {
    code: 'bench.live-traffic',
    message: `${message} A benchmark would slow down every request.`,
    remedy: 'Wait until the node is idle, or add --force: the figures are then of both together.',
  };
}
