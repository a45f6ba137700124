import type {LoggedTraffic} from '../../samples/logged-traffic.ts';
import {absent, isPresent, type Reading} from '../../samples/reading.ts';
import type {Traffic} from './traffic-window.ts';

/** An engine logs its traffic about every ten seconds; after three missing lines the values are stale. */
export const LOGGED_TRAFFIC_HOLDS_MS = 35_000;

/**
 * The traffic with values from the log where counters are absent, marked as such. Engines print averages of their own
 * window; other values stay absent. Existing counters always win.
 */
export function withLoggedTraffic(traffic: Traffic, logged: LoggedTraffic | null): Traffic {
  if (logged === null || isPresent(traffic.generationTokensPerSecond)) return traffic;
  const or = (known: Reading<number>, said: number | null): Reading<number> =>
    isPresent(known) || said === null ? known : said;
  const {promptTokensPerSecond, generationTokensPerSecond, runningRequests, waitingRequests, prefixCacheHitRatio} =
    logged;
  return {
    ...traffic,
    source: 'log',
    promptTokensPerSecond: or(traffic.promptTokensPerSecond, promptTokensPerSecond),
    generationTokensPerSecond: or(traffic.generationTokensPerSecond, generationTokensPerSecond),
    cachedPromptTokensPerSecond:
      prefixCacheHitRatio === null
        ? traffic.cachedPromptTokensPerSecond
        : absent('the log shows a hit rate, but no cached tokens'),
    runningRequests: or(traffic.runningRequests, runningRequests),
    waitingRequests: or(traffic.waitingRequests, waitingRequests),
  };
}
