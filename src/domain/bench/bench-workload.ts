import {z} from 'zod';

/** What each request of a benchmark looks like. */
export const benchWorkloadSchema = z
  .object({
    promptTokens: z.int().positive(),
    answerTokens: z.int().positive(),
    /** The part of each prompt that it shares with all others, 0..1: a prefix cache can hold it. */
    cachedRatio: z.number().min(0).max(1),
    /** `observed`: of this node's own traffic; `default`: of the published measurements; `given`: on the command line. */
    sizesFrom: z.enum(['observed', 'default', 'given']),
    cachedFrom: z.enum(['observed', 'default', 'given']),
  })
  .readonly();
export type BenchWorkload = z.infer<typeof benchWorkloadSchema>;

/** Prompt and answer of the published measurements of this model: 8,192 and 2,048 tokens, nothing cached. */
const published = {promptTokens: 8_192, answerTokens: 2_048, cachedRatio: 0} as const;

/** For the chat template around a prompt. */
const TEMPLATE_TOKENS = 64;
/** Less does not measure anything. */
const LEAST_PROMPT_TOKENS = 16;

/** What was seen of this node's requests; null for what is unknown. */
export type ObservedRequests = {
  readonly promptTokens: number | null;
  readonly answerTokens: number | null;
  readonly cachedRatio: number | null;
};

/**
 * The workload of a benchmark: what is given, else the sizes and the cached part of this node's own requests, else those of the
 * published measurements. Null if prompt and answer do not fit into the context.
 */
export function chooseWorkload(input: {
  readonly given: Partial<Pick<BenchWorkload, 'promptTokens' | 'answerTokens' | 'cachedRatio'>>;
  readonly observed: ObservedRequests;
  readonly contextTokens: number;
}): BenchWorkload | null {
  const {given, observed, contextTokens} = input;
  const isObserved = observed.promptTokens !== null && observed.answerTokens !== null;
  const isGiven = given.promptTokens !== undefined || given.answerTokens !== undefined;
  const usual = {
    promptTokens: isObserved ? whole(observed.promptTokens) : published.promptTokens,
    answerTokens: isObserved ? whole(observed.answerTokens) : published.answerTokens,
  };
  const sizes = fitting({...usual, ...definedSizes(given)}, given, contextTokens);
  if (sizes === null) return null;
  return {
    ...sizes,
    cachedRatio: given.cachedRatio ?? observed.cachedRatio ?? published.cachedRatio,
    sizesFrom: isGiven ? 'given' : isObserved ? 'observed' : 'default',
    cachedFrom: given.cachedRatio === undefined ? (observed.cachedRatio === null ? 'default' : 'observed') : 'given',
  };
}

type Sizes = Pick<BenchWorkload, 'promptTokens' | 'answerTokens'>;

/** What was given stays as it is; the rest is made smaller to fit. */
function fitting(sizes: Sizes, given: Partial<Sizes>, contextTokens: number): Sizes | null {
  const room = contextTokens - TEMPLATE_TOKENS;
  if (sizes.promptTokens + sizes.answerTokens <= room) return sizes;
  if (given.promptTokens !== undefined && given.answerTokens !== undefined) return null;
  const promptTokens =
    given.promptTokens ?? Math.floor(Math.min(sizes.promptTokens, room * 0.8, room - (given.answerTokens ?? 0)));
  const answerTokens = given.answerTokens ?? Math.min(sizes.answerTokens, room - promptTokens);
  return promptTokens < LEAST_PROMPT_TOKENS || answerTokens < 1 ? null : {promptTokens, answerTokens};
}

function definedSizes({promptTokens, answerTokens}: Partial<Sizes>): Partial<Sizes> {
  return {
    ...(promptTokens === undefined ? {} : {promptTokens}),
    ...(answerTokens === undefined ? {} : {answerTokens}),
  };
}

function whole(tokens: number): number {
  return Math.max(1, Math.round(tokens));
}
