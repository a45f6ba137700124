import type {
  Booking,
  LedgerClock,
  LedgerRun,
  PriceDocument,
  TimeEntry,
  TokenTotals,
} from '../../src/domain/cost/ledger/entries.ts';
import {type LedgerState, type LedgerTerms, openLedgerState} from '../../src/domain/cost/ledger/ledger-state.ts';
import type {Moment} from '../../src/domain/cost/ledger/moment.ts';

const none = {input: 0, cached: 0, output: 0};

/** Totals with this output of clients. */
export function clientOutput(output: number): TokenTotals {
  return {client: {...none, output}, own: none, bench: none, refused: none};
}

/** A run of which this output is booked. */
export function ledgerRun(runId: string, output = 0): LedgerRun {
  const isKnown = {isWholeRun: true, isCachedKnown: true};
  return {
    runId,
    engine: 'vllm',
    model: 'model',
    settings: '',
    settingsDigest: '',
    ...isKnown,
    booked: clientOutput(output),
  };
}

/** Prices of a node alone. */
export function nodePrices(microUsdPerHour: number | null): PriceDocument {
  return {node: {microUsdPerHour, microUsdPerKilowattHour: null}, apis: []};
}

/** One price, always billed. */
export function plainTerms(terms: Partial<LedgerTerms> = {}): LedgerTerms {
  return {billedSinceMs: null, billedUntilMs: null, pricesAt: () => nodePrices(10), changesAtMs: [], ...terms};
}

/** A moment of one boot whose two clocks agree. */
export function momentAt(wallMs: number, change: Partial<Moment> = {}): Moment {
  return {wallMs, bootId: 'boot', uptimeMs: wallMs, ...change};
}

/** A ledger that begins at this moment, with a node that is down. */
export function ledgerSince(now: Moment, clock: LedgerClock | null = null): LedgerState {
  return openLedgerState(clock, now, nodePrices(10), {state: 'down', runId: null});
}

/** Milliseconds by state in these bookings; those of gaps apart. */
export function timesOf(bookings: readonly Pick<Booking, 'hours'>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  const add = ({state, isGap, ms}: TimeEntry): void => {
    const key = isGap ? `${state} gap` : state;
    sums[key] = (sums[key] ?? 0) + ms;
  };
  for (const {hours} of bookings) for (const entry of hours.times) add(entry);
  return sums;
}
