import type {ApiError} from '../../api/commands.ts';
import type {CostDocument} from '../../api/cost/cost-values.ts';
import {type ExactMix, type ExactRange, exactMix, HOURS_PER_MONTH} from '../../domain/cost/break-even.ts';
import {LEAST_COVERED_MS} from '../../domain/cost/live/window-cost.ts';
import {product, quotient, type Rational, rational} from '../../domain/cost/rational.ts';
import {isAbsent} from '../../samples/reading.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {dayText} from '../../shared/quantities/moments.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';

/** What clients asked of this node, and what it cost, as its ledger has it. */
export type LedgerTraffic = {
  readonly mix: ExactMix;
  /** Of the input, what was read from a cache. */
  readonly cachedOfInput: Rational;
  /** As many in a month as in the time that is booked. */
  readonly tokensPerMonth: Rational;
  /** Of the time that is booked, USD; null where the node has no price. */
  readonly usdPerHour: ExactRange | null;
  readonly origin: string;
};

/** The traffic of clients in a part of the ledger; an error where none is booked. */
export function trafficOf(document: CostDocument): Result<LedgerTraffic, ApiError> {
  const {total, sinceMs, coveredUntilMs} = document;
  const {input, cached, output} = total.tokens.client;
  const bookedMs = Object.values(total.timeMs).reduce((sum, ms) => sum + ms, 0);
  const all = input + cached + output;
  if (all === 0 || bookedMs < LEAST_COVERED_MS || coveredUntilMs === null) {
    const what = all === 0 ? 'no tokens of clients' : `only ${durationText(bookedMs)}, too little for a month,`;
    return err({
      code: 'usage.ledger',
      message: `The ledger has ${what} since ${dayText(sinceMs)}.`,
      remedy: 'Use a longer --since, or give the traffic: --mix 20:1 --cached 90% --tokens 5B.',
    });
  }
  const prompts = input + cached;
  const cachedOfInput = prompts === 0 ? rational(0) : rational(cached, prompts);
  const hours = rational(bookedMs, MS_PER_HOUR);
  const usd = isAbsent(total.nodeMicroUsd) ? null : rational(total.nodeMicroUsd, 1_000_000);
  const usdPerHour = usd === null ? null : quotient(usd, hours);
  const atMost = total.isApiAtMost ? '; cached input unknown for some of it: counted as new' : '';
  return ok({
    mix: exactMix(rational(prompts, all), cachedOfInput),
    cachedOfInput,
    tokensPerMonth: quotient(product(rational(all), rational(HOURS_PER_MONTH)), hours),
    usdPerHour: usdPerHour === null ? null : {low: usdPerHour, high: usdPerHour},
    origin: `this node's ledger from ${dayText(sinceMs)} to ${dayText(coveredUntilMs)}, ${durationText(bookedMs)} of it booked${atMost}`,
  });
}
