import {setTimeout as delay} from 'node:timers/promises';
import type {ApiError} from '../../api/commands.ts';
import type {HistorySeriesName} from '../../api/history.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {ApiClient} from '../../client/api-client.ts';
import {isAbsent} from '../../samples/reading.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {MS_PER_MINUTE} from '../../shared/units.ts';
import {interruptedError} from './interruption.ts';

/** Whoever sent a request in this time will probably send another one. */
const QUIET_MS = MS_PER_MINUTE;
/** A rate is over about ten seconds. */
const RATES_MS = 12_000;
/** For the first pages of a supervisor that has just started, and for a request of Gantry itself, which runs for seconds. */
const PATIENCE_MS = 15_000;
const ASK_EVERY_MS = 250;
/** What runs may be a request of Gantry; these rates are those of clients alone. */
const series: readonly HistorySeriesName[] = ['promptTokensPerSecond', 'generationTokensPerSecond'];

export type TrafficQuestion = {
  readonly client: Pick<ApiClient, 'getHistory' | 'getSnapshot'>;
  /** Traffic until then was that of a benchmark, epoch ms; null if none was seen. */
  readonly lastBenchUntilMs: number | null;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Called with what is waited for, once. */
  readonly onWait: (text: string) => void;
};

/**
 * Why the node must not be loaded: clients use it, or nothing tells whether they do. Null for one without traffic. Waits for some
 * seconds until the supervisor has read how much the engine does, and until what runs now has ended.
 */
export async function findLiveTraffic(question: TrafficQuestion): Promise<ApiError | null> {
  const {client, signal, onWait} = question;
  let isSaid = false;
  for (const untilMs = performance.now() + PATIENCE_MS; ; ) {
    const snapshot = await client.getSnapshot();
    if (!snapshot.ok) return snapshot.error;
    const recent = await findRecentTraffic(question, snapshot.value);
    if (recent !== null) return recent;
    const {running, reason} = doubtOf(snapshot.value);
    if (reason === null) return null;
    if (performance.now() >= untilMs) {
      return refusal(
        running === null
          ? `Nothing tells whether clients use this node: ${reason}.`
          : `Clients use this node: ${reason}.`,
      );
    }
    if (!isSaid)
      onWait(`Waiting for up to ${durationText(PATIENCE_MS)} until the node is known to be idle (${reason}).`);
    isSaid = true;
    await delay(ASK_EVERY_MS, undefined, {signal}).catch(() => undefined);
    if (signal.aborted) return interruptedError('Interrupted before its first request.');
  }
}

/** What is against a node without traffic of late; `running`: null where it is unknown. */
function doubtOf({traffic}: Snapshot): {readonly running: number | null; readonly reason: string | null} {
  const {runningRequests, promptTokensPerSecond} = traffic;
  if (isAbsent(runningRequests)) return {running: null, reason: runningRequests.absent};
  if (runningRequests > 0)
    return {running: runningRequests, reason: `${countedText(runningRequests, 'request')} running now`};
  // A rate needs two pages.
  return {running: null, reason: isAbsent(promptTokensPerSecond) ? promptTokensPerSecond.absent : null};
}

async function findRecentTraffic(
  {client, lastBenchUntilMs}: TrafficQuestion,
  {engine: {readyAtMs}}: Snapshot,
): Promise<ApiError | null> {
  const kept = await client.getHistory({series, gpuSeries: [], windowMs: QUIET_MS});
  if (!kept.ok) return kept.error;
  // The rates of a moment are of the seconds before it. Until it is ready, an engine serves its own warm-up and Gantry.
  const ownUntilMs = Math.max(lastBenchUntilMs ?? 0, readyAtMs ?? 0) + RATES_MS;
  const isClients = ({atMs}: {readonly atMs: number}): boolean => atMs > ownUntilMs;
  const values = series.flatMap((name) => (kept.value.series[name] ?? []).filter(isClients).map(({value}) => value));
  return values.some((value) => value !== null && value > 0)
    ? refusal(`Clients use this node: it has answered requests in the last ${durationText(QUIET_MS)}.`)
    : null;
}

function refusal(message: string): ApiError {
  return {
    code: 'bench.live-traffic',
    message: `${message} A benchmark would slow down every request.`,
    remedy: 'Wait until the node is idle, or add --force: the figures are then of both together.',
  };
}
