/** Traffic values from a periodic log line of an engine; null for values it does not have. */
export type LoggedTraffic = {
  /** The engine's own averages. */
  readonly promptTokensPerSecond: number | null;
  readonly generationTokensPerSecond: number | null;
  readonly runningRequests: number | null;
  readonly waitingRequests: number | null;
  readonly kvUsageRatio: number | null;
  readonly prefixCacheHitRatio: number | null;
};
