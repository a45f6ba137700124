/** What a counter of tokens counts; `prompt` includes the tokens of prompts that were taken from a cache. */
export const tokenKinds = ['prompt', 'cached', 'output'] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** One counter of tokens as an engine shows it: of one engine core, where it counts them apart. */
export type TokenSeries = {
  readonly kind: TokenKind;
  /** Tells it from the other ones of its kind, in every page of this server. */
  readonly key: string;
  /** Whole tokens since the counter was created. */
  readonly value: number;
  /** When the counter was created, in the engine's own time, which is only ever compared; null where the page does not say. */
  readonly createdSeconds: number | null;
};
