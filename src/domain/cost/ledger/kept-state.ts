import {z} from 'zod';
import {
  ledgerClockSchema,
  ledgerRunSchema,
  nodeStates,
  priceDocumentSchema,
  tokenCountsSchema,
  tokenSources,
  tokenTotalsSchema,
} from './entries.ts';
import type {LedgerState} from './ledger-state.ts';
import {momentSchema} from './moment.ts';
import {seenPowerSchema} from './seen-power.ts';

const nodeState = z.enum(nodeStates);
const times = z.array(
  z
    .object({
      atMs: z.int(),
      state: nodeState,
      isGap: z.boolean(),
      ms: z.int().nonnegative(),
      milliwattMs: z.int().nonnegative(),
    })
    .readonly(),
);
const tokens = z.array(
  z
    .object({
      atMs: z.int(),
      runId: z.string(),
      source: z.enum(tokenSources),
      isGap: z.boolean(),
      tokens: tokenCountsSchema,
    })
    .readonly(),
);
const entries = z.object({tokens: tokens.readonly(), times: times.readonly()}).readonly();

const bookingSchema = z
  .object({
    prices: priceDocumentSchema,
    since: ledgerClockSchema.nullable(),
    clock: ledgerClockSchema,
    runs: z.array(ledgerRunSchema).readonly(),
    hours: entries,
    minutes: entries,
    gaps: z
      .array(
        z
          .object({
            fromMs: z.int(),
            untilMs: z.int(),
            runId: z.string(),
            before: nodeState,
            power: seenPowerSchema.default({}),
          })
          .readonly(),
      )
      .readonly(),
    long: z
      .array(
        z
          .object({
            span: z.object({fromMs: z.int(), untilMs: z.int()}).readonly(),
            state: nodeState,
            isGap: z.boolean(),
            milliwatts: z.int().nonnegative().default(0),
          })
          .readonly(),
      )
      .readonly(),
    longGrowth: z
      .array(
        z
          .object({
            run: ledgerRunSchema,
            before: tokenTotalsSchema,
            span: z.object({fromMs: z.int(), untilMs: z.int()}).readonly(),
            isGap: z.boolean(),
          })
          .readonly(),
      )
      .readonly()
      .default([]),
  })
  .readonly();

/** What is known and not in the ledger yet, as it is kept in a file. */
export const ledgerStateSchema: z.ZodType<LedgerState> = z
  .object({
    bookings: z.array(bookingSchema).min(1).readonly(),
    at: momentSchema,
    node: z.object({state: nodeState, runId: z.string().nullable()}).readonly(),
    power: seenPowerSchema.default({}),
    runs: z.array(z.object({run: ledgerRunSchema, readAt: momentSchema, isEnded: z.boolean()}).readonly()).readonly(),
  })
  .readonly();
