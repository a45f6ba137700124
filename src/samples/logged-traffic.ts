/** What a periodic line of an engine's log says of the traffic; null for what it does not say. */
export type LoggedTraffic = {
  /** The engine's own averages. */
  readonly promptTokensPerSecond: number | null;
  readonly generationTokensPerSecond: number | null;
  readonly runningRequests: number | null;
  readonly waitingRequests: number | null;
  readonly kvUsageRatio: number | null;
  readonly prefixCacheHitRatio: number | null;
};
