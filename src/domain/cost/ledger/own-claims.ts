import {z} from 'zod';
import {tokenKinds} from '../../../samples/token-series.ts';
import type {RequestUsage} from '../../traffic/own-requests/request-claim.ts';
import {type Counted, countedSchema, leastOf, minus, nothingCounted, plus} from './counted.ts';

const count = z.int().nonnegative();

/** A request of Gantry, and what the counters are still expected to grow by because of it. */
export const ownClaimSchema = z
  .object({
    id: count,
    /** `sent`: what it uses is unknown, at most `left`; `unknown`: it ended, and no answer says what it used. */
    state: z.enum(['sent', 'known', 'unknown']),
    left: countedSchema,
    /** False once the counters grew by more than Gantry's requests can use: clients were served too. */
    isAlone: z.boolean(),
    /** Since it ended. */
    waitedMs: z.number().nonnegative(),
  })
  .readonly();
export type OwnClaim = z.infer<typeof ownClaimSchema>;

/** An ended request is expected in the counters for this long: some engines update them seconds later. */
const EXPECTED_FOR_MS = 60_000;
/** Of more requests than these, the engine does not count the oldest. */
const MOST_CLAIMS = 16;

/** With a request that is about to be sent and uses `expected` at most; one that the engine does not count claims nothing. */
export function withClaim(claims: readonly OwnClaim[], id: number, expected: RequestUsage): readonly OwnClaim[] {
  const left = countedOf(expected);
  if (left.prompt + left.output === 0) return claims;
  const claim: OwnClaim = {id, state: 'sent', left, isAlone: true, waitedMs: 0};
  return [...claims, claim].slice(-MOST_CLAIMS);
}

/** With the end of that request: its answer says what it used, or null. */
export function withClaimEnded(
  claims: readonly OwnClaim[],
  id: number,
  usage: RequestUsage | null,
): readonly OwnClaim[] {
  return claims.map((one): OwnClaim => {
    if (one.id !== id || one.state !== 'sent') return one;
    return usage === null ? {...one, state: 'unknown'} : {...one, state: 'known', left: countedOf(usage)};
  });
}

/** With the end of all requests whose answer nobody will read any more. */
export function withClaimsLost(claims: readonly OwnClaim[]): readonly OwnClaim[] {
  return claims.map((one): OwnClaim => (one.state === 'sent' ? {...one, state: 'unknown'} : one));
}

export type Divided = {
  readonly own: Counted;
  readonly others: Counted;
  /** Of requests in flight or of others: known once they have ended. */
  readonly held: Counted;
  readonly claims: readonly OwnClaim[];
};

/** Divides growth that is not attributed yet between Gantry's requests and everybody else; nothing is ever taken back. */
export function divide(growth: Counted, claims: readonly OwnClaim[], elapsedMs: number): Divided {
  let open = growth;
  let own = nothingCounted;
  const take = (most: Counted): Counted => {
    const taken = leastOf(open, most);
    open = minus(open, taken);
    own = plus(own, taken);
    const left = minus(most, taken);
    // Cached tokens are a part of the prompt: once it is counted, later ones are of other requests.
    return {...left, cached: Math.min(left.cached, left.prompt)};
  };
  const known = claims.filter(({state}) => state === 'known').map((one) => ({...one, left: take(one.left)}));
  const uncertain = claims.filter(({state}) => state !== 'known');
  const room = uncertain.reduce((sum, {left}) => plus(sum, left), nothingCounted);
  const haveClients = tokenKinds.some((kind) => open[kind] > room[kind]);
  for (const {state, isAlone, left} of uncertain) if (state === 'unknown' && isAlone && !haveClients) take(left);
  const sent = uncertain
    .filter(({state}) => state === 'sent')
    .map((one) => ({...one, isAlone: one.isAlone && !haveClients}));
  const held = leastOf(
    open,
    sent.reduce((sum, {left}) => plus(sum, left), nothingCounted),
  );
  const awaited = known
    .map((one) => ({...one, waitedMs: one.waitedMs + elapsedMs}))
    .filter(({left, waitedMs}) => waitedMs <= EXPECTED_FOR_MS && left.prompt + left.output > 0);
  return {own, others: minus(open, held), held, claims: [...awaited, ...sent].toSorted((a, b) => a.id - b.id)};
}

/**
 * What a request adds to the counters: nothing if the engine leaves it out of its requests. How many of the prompt's tokens
 * were cached may be unknown: then as many as the engine counts.
 */
function countedOf({requests, promptTokens, cachedPromptTokens, generatedTokens}: RequestUsage): Counted {
  if (requests === 0) return nothingCounted;
  const prompt = wholeTokens(promptTokens);
  return {
    prompt,
    cached: Math.min(prompt, wholeTokens(cachedPromptTokens ?? prompt)),
    output: wholeTokens(generatedTokens),
  };
}

/** An engine's answer can say anything. */
function wholeTokens(value: number): number {
  return value >= 0 ? Math.min(Number.MAX_SAFE_INTEGER, Math.floor(value)) : 0;
}
