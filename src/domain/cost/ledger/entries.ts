import {z} from 'zod';

/**
 * The ledger holds quantities only: whole tokens, milliseconds, milliwatt-milliseconds, and the prices that were in force.
 * Money is computed when it is read, so that no rounding ever accumulates.
 */

/** Who used the tokens. The sources together are what the engine's counters show. */
export const tokenSources = ['client', 'own', 'bench', 'refused'] as const;
/**
 * `client`: everybody but Gantry; `own`: Gantry's probes; `bench`: load of a benchmark that Gantry started; `refused`:
 * growth of a counter that no hardware can produce.
 */
export type TokenSource = (typeof tokenSources)[number];

/** What the node did, each millisecond in one state. `unobserved`: before Gantry watched, or while nothing could tell. */
export const nodeStates = ['serving', 'idle', 'starting', 'down', 'unobserved'] as const;
export type NodeState = (typeof nodeStates)[number];

const count = z.int().nonnegative();

/** Tokens by what an API bills apart; `input` leaves out the cached part of prompts. */
export const tokenCountsSchema = z.object({input: count, cached: count, output: count}).readonly();
export type TokenCounts = z.infer<typeof tokenCountsSchema>;
export const noTokens: TokenCounts = {input: 0, cached: 0, output: 0};

/** The tokens of both, by kind. */
export function sumOfCounts(one: TokenCounts, other: TokenCounts): TokenCounts {
  return {input: one.input + other.input, cached: one.cached + other.cached, output: one.output + other.output};
}

/** Tokens of a run since its start, by source; none of them ever falls. */
export const tokenTotalsSchema = z
  .object({client: tokenCountsSchema, own: tokenCountsSchema, bench: tokenCountsSchema, refused: tokenCountsSchema})
  .readonly();
export type TokenTotals = z.infer<typeof tokenTotalsSchema>;
export const noTotals: TokenTotals = {client: noTokens, own: noTokens, bench: noTokens, refused: noTokens};

/** One run of an engine, and what of its tokens is in the ledger. */
export const ledgerRunSchema = z
  .object({
    runId: z.string(),
    engine: z.string(),
    model: z.string(),
    /** The settings that change speed or memory, as one line of text, and their digest. */
    settings: z.string(),
    settingsDigest: z.string(),
    /** False for an engine that ran before Gantry attached to it: its earlier tokens are not counted. */
    isWholeRun: z.boolean(),
    /** False where the engine does not tell cached prompt tokens: all prompt tokens are then booked as uncached input. */
    isCachedKnown: z.boolean(),
    /** Booked until now. */
    booked: tokenTotalsSchema,
  })
  .readonly();
export type LedgerRun = z.infer<typeof ledgerRunSchema>;

/** Tokens of one run and source in the hour or minute that starts at `atMs` (wall clock, UTC). */
export type TokenEntry = {
  readonly atMs: number;
  readonly runId: string;
  readonly source: TokenSource;
  /** Spread over a time in which nothing read the counters. */
  readonly isGap: boolean;
  readonly tokens: TokenCounts;
};

/** Time of the node in the hour or minute that starts at `atMs`, and the energy that its cards used in it. */
export type TimeEntry = {
  readonly atMs: number;
  readonly state: NodeState;
  readonly isGap: boolean;
  readonly ms: number;
  /** Of all cards; 0 where no card tells. */
  readonly milliwattMs: number;
};

/** From when until when the time of the node is booked. */
export const ledgerClockSchema = z
  .object({
    /** Wall clock: nothing of the time before is booked. An earlier beginning of the bill adds it. */
    coveredSinceMs: z.int(),
    /** Wall clock. */
    coveredUntilMs: z.int(),
    /** The boot of the host, and its uptime at `coveredUntilMs`: no setting of a clock changes it. */
    bootId: z.string(),
    uptimeMs: z.number().nonnegative(),
  })
  .readonly();
export type LedgerClock = z.infer<typeof ledgerClockSchema>;

/** Prices as whole numbers: of the node in micro-USD, of APIs in pico-USD per token (1 USD per million tokens is 1,000,000). */
export const priceDocumentSchema = z
  .object({
    node: z
      .object({
        /** Null while the operator has set none. */
        microUsdPerHour: count.nullable(),
        /** Of electricity that is paid apart; null where the price of an hour includes it. */
        microUsdPerKilowattHour: count.nullable(),
      })
      .readonly(),
    apis: z
      .array(
        z
          .object({
            name: z.string(),
            model: z.string(),
            picoUsdPerInputToken: count,
            picoUsdPerCachedToken: count,
            picoUsdPerOutputToken: count,
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();
export type PriceDocument = z.infer<typeof priceDocumentSchema>;

/**
 * What one transaction adds to the ledger. `hours` and `minutes` are the same amounts, by hour and by minute; only the
 * latest day is kept by minute. All of it is at `prices`: a change of prices is booked apart.
 */
export type Booking = {
  readonly prices: PriceDocument;
  /**
   * The clock in the ledger when this was computed; null without one. A ledger whose clock is another one has been booked to
   * since, and takes nothing: what was booked would be in it twice.
   */
  readonly since: LedgerClock | null;
  readonly clock: LedgerClock;
  /** Of each run with entries, what is booked with this. */
  readonly runs: readonly LedgerRun[];
  readonly hours: {readonly tokens: readonly TokenEntry[]; readonly times: readonly TimeEntry[]};
  readonly minutes: {readonly tokens: readonly TokenEntry[]; readonly times: readonly TimeEntry[]};
};
