/** One sample line of a Prometheus text exposition. */
export type MetricPoint = {
  /** Full series name as printed, e.g. `vllm:e2e_request_latency_seconds_bucket`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be NaN or infinite: exposition text allows it. */
  readonly value: number;
};

/** The type of a `# TYPE` line; `untyped` if there was none. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

/** All series that belong to one `# TYPE` name; buckets, sum and count of a histogram are kept together. */
export type MetricFamily = {
  readonly name: string;
  readonly type: MetricType;
  readonly points: readonly MetricPoint[];
};
