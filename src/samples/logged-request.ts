/**
 * What one log line says of one request, for engines that log the times of each request instead of exposing histograms.
 * Times in ms from when the engine began with the request: that it waited before is not in them.
 */
export type LoggedRequest =
  /** The engine begins with it. */
  | {readonly part: 'started'; readonly task: string | null}
  /** How long the prompt took, until the first token. */
  | {readonly part: 'prefill'; readonly ms: number}
  /** The generation after the first token. */
  | {readonly part: 'decode'; readonly ms: number; readonly generatedTokens: number}
  /** The request is complete; `task` is the engine's name for it, null where the line has none. */
  | {readonly part: 'complete'; readonly ms: number; readonly task: string | null}
  /**
   * It no longer occupies the engine: complete, or given up before. `tokens` are those of its prompt and its answer without the last
   * one; null where the line has none, or some were dropped.
   */
  | {readonly part: 'released'; readonly task: string | null; readonly tokens: number | null};
