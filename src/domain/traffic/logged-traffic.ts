import type {LoggedTraffic} from '../../samples/logged-traffic.ts';
import {absent, isPresent, type Reading} from '../../samples/reading.ts';
import type {Traffic} from './traffic-window.ts';

/** An engine says how it is doing every ten seconds or so; after three such silences its word is no longer of now. */
export const LOGGED_TRAFFIC_HOLDS_MS = 35_000;

/**
 * The traffic with what the log says where the counters say nothing, and marked so. Engines print averages of their own
 * window; what they do not print stays absent. Counters that are there always win.
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
        : absent('the log says a hit rate, and no cached tokens'),
    runningRequests: or(traffic.runningRequests, runningRequests),
    waitingRequests: or(traffic.waitingRequests, waitingRequests),
  };
}
