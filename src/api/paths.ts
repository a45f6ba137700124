/** HTTP paths of the supervisor's API on its Unix socket. The host part of the URL is ignored (`http://gantry/...`). */
export const apiPaths = {
  snapshot: '/v1/snapshot',
  /** Server-sent events: one complete `snapshot` event per tick, or `changes` after the first for who takes them. */
  snapshotStream: '/v1/snapshot/stream',
  log: '/v1/log',
  /** Lines of the whole log, from its file, a page at a time. */
  logPage: '/v1/log/page',
  /** Server-sent events: `lines` events of new log lines. */
  logStream: '/v1/log/stream',
  history: '/v1/history',
  /** What was used and spent in a time. */
  cost: '/v1/cost',
  events: '/v1/events',
  /** Server-sent events: `events` events, first the requested ones, then each new one. */
  eventStream: '/v1/events/stream',
  commands: '/v1/commands',
  /** What a command would do: plan, checks, reasons for a refusal, and the process it would start. */
  preview: '/v1/preview',
  /** A process that begins to load the engine: what its counters grow by is that of a benchmark. */
  bench: '/v1/bench',
  /** A benchmark's document, to be kept. */
  benchResults: '/v1/bench/results',
  benches: '/v1/benches',
  /** Gantry's own numbers for Prometheus. */
  metrics: '/metrics',
} as const;
