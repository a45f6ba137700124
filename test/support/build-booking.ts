import type {
  Booking,
  LedgerClock,
  LedgerRun,
  PriceDocument,
  TokenCounts,
} from '../../src/domain/cost/ledger/entries.ts';
import {MS_PER_MINUTE} from '../../src/shared/units.ts';

export const HOUR_MS = Date.UTC(2026, 10, 28, 3);
export const bookedPrices: PriceDocument = {
  node: {microUsdPerHour: 28_800_000, microUsdPerKilowattHour: null},
  apis: [
    {
      name: 'moonshot',
      model: 'kimi-k2.7-code',
      picoUsdPerInputToken: 950_000,
      picoUsdPerCachedToken: 190_000,
      picoUsdPerOutputToken: 4_000_000,
    },
  ],
};
export const zeroTokens: TokenCounts = {input: 0, cached: 0, output: 0};

/** The clock of a ledger that is booked until then. */
export const clockAt = (atMs: number): LedgerClock => ({
  coveredSinceMs: HOUR_MS,
  coveredUntilMs: atMs,
  bootId: 'boot',
  uptimeMs: atMs - HOUR_MS,
});

/** A run of which these tokens of clients are booked. */
export function bookedRun(client: TokenCounts, changes: Partial<LedgerRun> = {}): LedgerRun {
  return {
    runId: 'run-1',
    engine: 'vllm',
    model: 'kimi-k2.7-code',
    settings: 'tp 8',
    settingsDigest: 'abc',
    isWholeRun: true,
    isCachedKnown: true,
    booked: {client, own: zeroTokens, bench: zeroTokens, refused: zeroTokens},
    ...changes,
  };
}

/** A minute of serving from `sinceMs` on in which a client used `tokens`, after which the run has `booked`. */
export function bookedMinute(
  since: LedgerClock | null,
  sinceMs: number,
  tokens: TokenCounts,
  booked: LedgerRun,
): Booking {
  const entries = {
    tokens: [{atMs: sinceMs, runId: booked.runId, source: 'client' as const, isGap: false, tokens}],
    times: [
      {
        atMs: sinceMs,
        state: 'serving' as const,
        isGap: false,
        ms: MS_PER_MINUTE,
        milliwattMs: 5_600_000 * MS_PER_MINUTE,
      },
    ],
  };
  return {
    prices: bookedPrices,
    since,
    clock: clockAt(sinceMs + MS_PER_MINUTE),
    runs: [booked],
    hours: entries,
    minutes: entries,
  };
}
