import type {LifecycleState, RunEvent} from '../../../domain/lifecycle/lifecycle.ts';
import {isPresent} from '../../../samples/reading.ts';
import type {WithoutTime} from '../../loop/clock.ts';
import type {Observations} from '../../snapshot/observations.ts';
import {every} from '../every.ts';

/** From this use of the KV cache on, a further request would delay others. */
const BUSY_KV_RATIO = 0.9;

export type CanaryOptions = {
  readonly runId: string;
  /** As configured now; null for no canary. */
  readonly intervalMs: () => number | null;
  readonly clock: {readonly monotonicMs: () => number};
  readonly state: () => Pick<LifecycleState, 'state' | 'run'>;
  readonly observations: () => Pick<Observations, 'metrics'>;
  /** The request of the readiness probe. */
  readonly probe: () => Promise<WithoutTime<RunEvent>>;
  readonly post: (event: WithoutTime<RunEvent>) => void;
};

/** How often it is checked whether the canary is due: an engine that was busy then is asked soon after. */
const CHECK_INTERVAL_MS = 1_000;

/**
 * The canary of a serving run: every `intervalMs` it sends the request of the readiness probe, a few tokens, and judges
 * the text. Only a broken text is reported: a late answer is what metrics and the log are for. It is never sent
 * while the engine is not ready, drains, or has requests waiting. Returns a stop function.
 */
export function watchCanary(options: CanaryOptions): () => void {
  const {runId, clock, state, observations, probe, post} = options;
  let isStopped = false;
  let askedAtMs = clock.monotonicMs();
  const stop = every(Math.min(CHECK_INTERVAL_MS, options.intervalMs() ?? CHECK_INTERVAL_MS), async () => {
    const intervalMs = options.intervalMs();
    if (intervalMs === null) return;
    const isOwn = state().run?.runId === runId && state().state === 'ready';
    if (!isOwn || clock.monotonicMs() - askedAtMs < intervalMs || isBusy(observations())) return;
    askedAtMs = clock.monotonicMs();
    const answer = await probe();
    if (!isStopped && answer.type === 'probe-failed' && answer.isBrokenOutput === true) post(answer);
  });
  return () => {
    isStopped = true;
    stop();
  };
}

/** An unknown load is not a reason to skip: some engines do not report it. */
function isBusy({metrics}: Pick<Observations, 'metrics'>): boolean {
  if (metrics === null) return false;
  const {waitingRequests, kvUsageRatio} = metrics;
  return (
    (isPresent(waitingRequests) && waitingRequests > 0) || (isPresent(kvUsageRatio) && kvUsageRatio >= BUSY_KV_RATIO)
  );
}
