import type {ApiError} from '../../api/commands.ts';
import type {CostDocument, CostRow} from '../../api/cost/cost-values.ts';
import {type ExactMix, type ExactRange, exactMix} from '../../domain/cost/break-even.ts';
import type {BusyHours} from '../../domain/cost/break-even-answer.ts';
import {HOURS_PER_MONTH} from '../../domain/cost/exact-money.ts';
import {LEAST_COVERED_MS} from '../../domain/cost/live/window-cost.ts';
import {product, quotient, type Rational, rational} from '../../domain/cost/rational.ts';
import {busyRate} from '../../domain/cost/right-size/observed-load.ts';
import {isAbsent} from '../../samples/reading.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {dayText} from '../../shared/quantities/moments.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {MS_PER_HOUR, MS_PER_SECOND} from '../../shared/units.ts';

/** What clients asked of this node, and what it cost, as its ledger has it by the hour. */
export type LedgerTraffic = {
  readonly mix: ExactMix;
  /** Of the input, what was read from a cache. */
  readonly cachedOfInput: Rational;
  /** As many in a month as in the time that was watched. */
  readonly tokensPerMonth: Rational;
  /** Of the time that was watched, what it served; null where it served none of it. */
  readonly utilization: {readonly share: Rational; readonly origin: string} | null;
  /** Of the time that is booked, USD; null where the node has no price. */
  readonly usdPerHour: ExactRange | null;
  /** What 95 of 100 watched hours have at most, each by itself. */
  readonly busy: BusyHours;
  readonly origin: string;
};

/**
 * The traffic of clients in a part of the ledger; an error where none was watched. Times of which nothing is known, and hours
 * from before the ledger, whose tokens have no time, say nothing about a month.
 */
export function trafficOf({rows, total, sinceMs, coveredUntilMs}: CostDocument): Result<LedgerTraffic, ApiError> {
  const watched = rows.filter((row) => watchedMsOf(row) > 0);
  const [input, cached, output] = (['input', 'cached', 'output'] as const).map((kind) =>
    added(watched, ({tokens}) => tokens.client[kind]),
  );
  const watchedMs = added(watched, watchedMsOf);
  const servingMs = added(watched, ({timeMs}) => timeMs.serving);
  if (input === undefined || cached === undefined || output === undefined) return err(noTokens(sinceMs));
  const all = input + cached + output;
  if (all === 0 || coveredUntilMs === null) return err(noTokens(sinceMs));
  if (watchedMs < LEAST_COVERED_MS) return err(tooShort(watchedMs, sinceMs));
  const prompts = input + cached;
  const cachedOfInput = prompts === 0 ? rational(0) : rational(cached, prompts);
  const atMost = total.isApiAtMost ? '; cached input unknown for some of it: counted as new' : '';
  const watchedText = `${durationText(watchedMs)} of it watched`;
  return ok({
    mix: exactMix(rational(prompts, all), cachedOfInput),
    cachedOfInput,
    tokensPerMonth: quotient(product(rational(all), rational(HOURS_PER_MONTH)), rational(watchedMs, MS_PER_HOUR)),
    utilization:
      servingMs === 0
        ? null
        : {
            share: rational(servingMs, watchedMs),
            origin: `this node's ledger: ${durationText(servingMs)} of ${durationText(watchedMs)}`,
          },
    usdPerHour: priceOf(watched),
    busy: busyHours(watched),
    origin: `this node's ledger from ${dayText(sinceMs)} to ${dayText(coveredUntilMs)}, ${watchedText}${atMost}`,
  });
}

/** Hours of which less than five minutes were watched have no rate. */
function busyHours(hours: readonly CostRow[]): BusyHours {
  const rated = hours.filter((row) => watchedMsOf(row) >= LEAST_COVERED_MS);
  const rateOf = (tokens: (row: CostRow) => number) =>
    busyRate(rated.map((row) => (tokens(row) * MS_PER_SECOND) / watchedMsOf(row))) ?? 0;
  return {
    computedTokensPerSecond: rateOf(({tokens: {client}}) => client.input + client.output),
    outputTokensPerSecond: rateOf(({tokens: {client}}) => client.output),
  };
}

/** Null where no row has a price. */
function priceOf(rows: readonly CostRow[]): ExactRange | null {
  const priced = rows.flatMap((row) =>
    isAbsent(row.nodeMicroUsd) ? [] : [{microUsd: row.nodeMicroUsd, ms: bookedMsOf(row)}],
  );
  if (priced.length === 0) return null;
  const usd = rational(
    added(priced, ({microUsd}) => microUsd),
    1_000_000,
  );
  const hours = rational(
    added(priced, ({ms}) => ms),
    MS_PER_HOUR,
  );
  const usdPerHour = quotient(usd, hours);
  return {low: usdPerHour, high: usdPerHour};
}

function bookedMsOf({timeMs}: CostRow): number {
  return added(Object.values(timeMs), (ms) => ms);
}

function watchedMsOf(row: CostRow): number {
  return bookedMsOf(row) - row.timeMs.unobserved;
}

function added<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0);
}

const GIVEN = 'give the traffic: --mix 20:1 --cached 90% --tokens 5B.';

function noTokens(sinceMs: number): ApiError {
  const message = `The ledger has no tokens of clients since ${dayText(sinceMs)}.`;
  return {code: 'usage.ledger', message, remedy: `Use a longer --since, or ${GIVEN}`};
}

function tooShort(watchedMs: number, sinceMs: number): ApiError {
  const message = `The ledger has only ${durationText(watchedMs)}, too little for a month, since ${dayText(sinceMs)}.`;
  return {code: 'usage.ledger', message, remedy: `Wait until it has more, or ${GIVEN}`};
}
