import {z} from 'zod';
import {quantileSchema} from '../../domain/traffic/quantile.ts';
import {readingSchema} from '../reading-schema.ts';

const numberReading = readingSchema(z.number());
const quantileReading = readingSchema(quantileSchema);

/** Mean and quantiles of one latency over a time, milliseconds. */
const latencySchema = z.object({
  /**
   * How many were measured in that time: requests, for `interToken` tokens. `timeToFirstToken` counts a request at its
   * first token, the others at its end: these are not the same requests.
   */
  count: numberReading,
  meanMs: numberReading,
  p50Ms: quantileReading,
  p95Ms: quantileReading,
  p99Ms: quantileReading,
  /** `targets` of the configuration, and the part of them that reached it, 0..1; null where none is set. */
  target: z.object({ms: z.number(), withinRatio: quantileReading}).nullable(),
});

/** Each latency over the same time. */
export const latenciesSchema = z.object({
  /** The time that the quantiles are over: of a snapshot about a minute, less after a start; 0 before the second sample. */
  windowMs: z.number(),
  timeToFirstToken: latencySchema,
  interToken: latencySchema,
  endToEnd: latencySchema,
  queue: latencySchema,
  prefill: latencySchema,
  decode: latencySchema,
});
export type LatencyView = z.infer<typeof latencySchema>;

const tokenQuantilesSchema = z.object({
  meanTokens: numberReading,
  p50Tokens: quantileReading,
  p95Tokens: quantileReading,
  p99Tokens: quantileReading,
});

/** The longest one had more tokens than the one and at most the other, null without a limit. */
const longestSchema = z.object({aboveTokens: z.number(), atMostTokens: z.number().nullable()});

/** How long prompts were, against contexts. */
export const contextSharesSchema = z.object({
  prompts: z.number(),
  longest: longestSchema,
  /** The part of the prompts, 0..1, that this context would refuse: those that alone are longer. */
  longerThan: z.array(z.object({contextTokens: z.number(), ratio: quantileSchema})),
});

/** How long requests were, prompt and answer together, against contexts; null for a bound that is unknown. */
const requestLengthsSchema = z.object({
  requests: z.number(),
  longest: longestSchema,
  p99: longestSchema,
  refused: z.array(z.object({contextTokens: z.number(), atLeast: z.number(), atMost: z.number().nullable()})),
});

/** Sizes of the requests that finished in some time, tokens. */
export const requestSizesSchema = z.object({
  prompt: tokenQuantilesSchema,
  generation: tokenQuantilesSchema,
  longestGeneration: tokenQuantilesSchema,
});

const highestSchema = z.object({atMs: z.number(), p99Ms: quantileSchema});

/** What the kept histograms of the engine say of the requests in a window. */
export const windowRequestsSchema = z.object({
  /** The figures are of what was measured from then on, epoch ms: the start of the window, or that of the kept histograms. */
  sinceMs: z.number(),
  /** Length of the intervals that are kept, ms: the window begins and ends with one. */
  intervalMs: z.number(),
  latency: latenciesSchema,
  /** The highest p99 of any interval, and when that began; null without a request. */
  highest: z.object({
    timeToFirstToken: highestSchema.nullable(),
    interToken: highestSchema.nullable(),
    endToEnd: highestSchema.nullable(),
    queue: highestSchema.nullable(),
    prefill: highestSchema.nullable(),
    decode: highestSchema.nullable(),
  }),
  sizes: requestSizesSchema,
  contexts: readingSchema(contextSharesSchema),
  longestAnswer: readingSchema(longestSchema),
  /** Left out by an older Gantry. */
  lengths: readingSchema(requestLengthsSchema).optional(),
});
export type WindowRequests = z.infer<typeof windowRequestsSchema>;
