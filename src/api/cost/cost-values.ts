import {z} from 'zod';
import {nodeStates, tokenCountsSchema, tokenSources} from '../../domain/cost/ledger/entries.ts';
import {reportKinds} from '../../domain/cost/report/report-kinds.ts';
import {MS_PER_DAY} from '../../shared/units.ts';
import {readingSchema} from '../reading-schema.ts';

/** Raised with every change that a reader of an earlier document would misunderstand. */
export const COST_SCHEMA_VERSION = 1;

/** Ten years: no ledger is older. */
export const MAX_COST_MS = 3_660 * MS_PER_DAY;

/** Which time of the ledger is read, and what has a row; times are wall clock. */
export type CostQuery = {
  readonly sinceMs: number;
  /** The end, not included; until now without. */
  readonly untilMs?: number | undefined;
  readonly by: (typeof reportKinds)[number];
};

const microUsd = z.int();
const ms = z.int().nonnegative();

const amountsSchema = z.object({
  /** Tokens by source and kind; `input` is without the cached part of prompts. */
  tokens: z.record(z.enum(tokenSources), tokenCountsSchema),
  /** Of clients' tokens, those that were spread over a time in which nothing read the counters. */
  gapTokens: z.int().nonnegative(),
  /** Time of the node by state; `unobserved` is billed time of which nothing is known. */
  timeMs: z.record(z.enum(nodeStates), ms),
  /** Of this time, what nothing watched. */
  gapMs: ms,
  /** What the node cost. */
  nodeMicroUsd: readingSchema(microUsd),
  /** The same by state; each is rounded by itself. Money from before the ledger is of no state. */
  nodeMicroUsdByState: readingSchema(z.record(z.enum(nodeStates), microUsd)),
  /** True where some of it is at prices from another time, from before the ledger, or energy while nothing read the cards. */
  isNodeEstimate: z.boolean(),
  /** True where hours in which other models or settings used tokens too are shared with them, in proportion to all tokens. */
  isNodeShared: z.boolean(),
  /** What clients' tokens would have cost, in the order of `books`. */
  apis: z.array(z.object({name: z.string(), microUsd: readingSchema(microUsd), isEstimate: z.boolean()})),
  /** True where cached prompt tokens were not told apart: an API would have cost at most this. */
  isApiAtMost: z.boolean(),
  /** The first API less the node: below zero, the node cost more. */
  savedMicroUsd: readingSchema(microUsd),
  /** What the node cost for a million tokens of clients, of all kinds. */
  microUsdPerMillionTokens: readingSchema(microUsd),
});
export type CostRow = z.infer<typeof amountsSchema>;

const keySchema = z.discriminatedUnion('of', [
  z.object({of: z.literal('time'), startMs: z.int()}),
  z.object({of: z.literal('model'), model: z.string()}),
  z.object({
    of: z.literal('settings'),
    engine: z.string(),
    model: z.string(),
    settings: z.string(),
    settingsDigest: z.string(),
  }),
  /** Time of the node in hours in which no tokens were used. */
  z.object({of: z.literal('none')}),
]);
export type CostRowKey = z.infer<typeof keySchema>;

/** `GET /v1/cost?sinceMs=N&untilMs=N&by=hour|day|model|settings`, and `gantry cost --json`. Money is whole micro-USD. */
export const costDocumentSchema = z.object({
  schemaVersion: z.literal(COST_SCHEMA_VERSION),
  simulated: z.boolean(),
  /** The hours that begin from `sinceMs` on and before `untilMs`. */
  sinceMs: z.int(),
  untilMs: z.int(),
  /** Until when time is booked; null where nothing is. What is later than this is not in the document. */
  coveredUntilMs: z.int().nullable(),
  by: z.enum(reportKinds),
  /** The price books that are compared; the first gives `savedMicroUsd`. */
  books: z.array(z.object({name: z.string(), model: z.string()})),
  rows: z.array(amountsSchema.extend({key: keySchema})),
  total: amountsSchema,
});
export type CostDocument = z.infer<typeof costDocumentSchema>;
