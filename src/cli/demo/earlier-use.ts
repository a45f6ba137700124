import {mkdirSync} from 'node:fs';
import {uptime} from 'node:os';
import path from 'node:path';
import {microUsdOf, moneyOfTokens} from '../../domain/cost/exact-money.ts';
import {
  type Booking,
  type LedgerClock,
  type LedgerRun,
  noTokens,
  noTotals,
  type PriceDocument,
  sumOfCounts,
  type TokenCounts,
} from '../../domain/cost/ledger/entries.ts';
import {openLedgerState} from '../../domain/cost/ledger/ledger-state.ts';
import {momentOf} from '../../domain/cost/ledger/pending-bookings.ts';
import {type HistoryStore, openHistory} from '../../history/open-history.ts';
import {slotOf} from '../../shared/quantities/moments.ts';
import {usdOfMicroUsd} from '../../shared/quantities/money.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND} from '../../shared/units.ts';
import {type EarlierMinute, earlierMinutes} from '../../simulator/traffic/earlier-days.ts';
import {keptLedgerFile} from '../../supervisor/cost/kept-ledger.ts';
import {readBootId} from '../../supervisor/process/process-identity.ts';
import {historyPath} from '../past/history-path.ts';

/** As many as the Cost screen shows, with today. */
const DAYS = 13;
/** Of older minutes, the ledger keeps only the hours. */
const FINE_MS = MS_PER_DAY;
/** A plot of a week has no finer steps. */
const OLD_STEP_MINUTES = 3;
/** Of which plots have a point a second. */
const RECENT_MS = 15 * MS_PER_MINUTE;
const FIVE_MINUTES = 5;
const RUN_ID = 'simulated-earlier-days';

export type EarlierUse = {
  readonly dataDir: string;
  readonly prices: PriceDocument;
  readonly run: Pick<LedgerRun, 'engine' | 'model'>;
  readonly nowMs: number;
};

/**
 * Gives the simulated node the use of two weeks, in its own history: without it the Cost screen would have nothing to compare until
 * tomorrow. Only where its ledger begins today; a history that cannot be opened is left to the supervisor, which says why.
 */
export function addEarlierUse({dataDir, prices, run, nowMs}: EarlierUse): void {
  const file = historyPath(dataDir, true);
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700});
  const history = openHistory({path: file});
  if (!history.ok) return;
  const added = addTo(history.value, {prices, run, nowMs});
  if (added !== null) keepDown(path.dirname(file), added, history.value.ledger.id());
  history.value.close();
}

/** Returns what it has booked to an empty ledger; null for nothing, and for a ledger that continues by itself. */
function addTo(history: HistoryStore, {prices, run, nowMs}: Omit<EarlierUse, 'dataDir'>): Booking | null {
  const [clock, before] = [history.ledger.clock(), history.ledger.run(RUN_ID)];
  if (!clock.ok || !before.ok || before.value !== null) return null;
  const untilMs = clock.value?.coveredSinceMs ?? nowMs;
  if (untilMs < nowMs - MS_PER_DAY) return null;
  const minutes = earlierMinutes(slotOf(nowMs, MS_PER_DAY) - DAYS * MS_PER_DAY, untilMs);
  const booking = bookingOf(minutes, prices, run, nowMs);
  // What is not booked yet was computed from the clock that is there.
  const whole = clock.value === null ? booking : {...booking, since: clock.value, clock: clock.value};
  if (!history.ledger.book(whole).ok) return null;
  history.recordPast(samplesOf(minutes, prices));
  return clock.value === null ? whole : null;
}

/**
 * Keeps what a supervisor leaves when it ends with its engine: the time from then until the next one begins is known, as down.
 * Unknown, it would leave less than five minutes of the last five. Where it cannot be kept, that is all that is missing.
 */
function keepDown(dataDir: string, {clock, prices}: Booking, ledgerId: ReturnType<HistoryStore['ledger']['id']>): void {
  const state = openLedgerState(clock, momentOf(clock), prices, {state: 'down', runId: null});
  const file = keptLedgerFile(dataDir);
  try {
    if (file.read() !== null || file.isUnusable) return;
    file.write({ledgerId: ledgerId.ok ? ledgerId.value : null, state, follower: null, benchLease: null});
  } catch {
    // The supervisor writes to the same file, and says what is wrong with it.
  }
}

function bookingOf(
  minutes: readonly EarlierMinute[],
  prices: PriceDocument,
  {engine, model}: EarlierUse['run'],
  nowMs: number,
): Booking {
  const untilMs = slotOf(nowMs, MS_PER_MINUTE);
  const clock: LedgerClock = {
    coveredSinceMs: minutes[0]?.atMs ?? untilMs,
    coveredUntilMs: untilMs,
    bootId: readBootId(),
    uptimeMs: Math.max(0, Math.round(uptime() * MS_PER_SECOND) - (nowMs - untilMs)),
  };
  const run: LedgerRun = {
    ...{runId: RUN_ID, engine, model, settings: 'SIMULATED: made-up use before this demo', settingsDigest: 'simulated'},
    ...{isWholeRun: true, isCachedKnown: true},
    booked: {...noTotals, client: totalOf(minutes)},
  };
  const recent = minutes.filter(({atMs}) => atMs >= nowMs - FINE_MS);
  return {
    ...{prices, since: null, clock, runs: [run]},
    hours: entriesOf(minutes, MS_PER_HOUR),
    minutes: entriesOf(recent, MS_PER_MINUTE),
  };
}

/** Entries of one slot may be several: the ledger adds them up. */
function entriesOf(minutes: readonly EarlierMinute[], lengthMs: number): Booking['hours'] {
  return {
    tokens: minutes.map(({atMs, isGap, tokens}) => ({
      ...{atMs: slotOf(atMs, lengthMs), runId: RUN_ID, source: 'client' as const},
      ...{isGap, tokens},
    })),
    times: minutes.map(({atMs, state, isGap, watts}) => ({
      ...{atMs: slotOf(atMs, lengthMs), state, isGap, ms: MS_PER_MINUTE},
      milliwattMs: watts * 1_000 * MS_PER_MINUTE,
    })),
  };
}

type Samples = Parameters<HistoryStore['recordPast']>[0];

/** What plots show of the same time. */
function samplesOf(minutes: readonly EarlierMinute[], {node, apis: [api]}: PriceDocument): Samples {
  const last = minutes.at(-1)?.atMs ?? 0;
  return minutes.flatMap(({atMs, isGap, tokens}, index) => {
    const ageMs = last - atMs;
    if (isGap || (ageMs > FINE_MS && index % OLD_STEP_MINUTES !== 0)) return [];
    const five = minutes.slice(Math.max(0, index + 1 - FIVE_MINUTES), index + 1);
    const worth = api === undefined ? null : microUsdOf(moneyOfTokens(totalOf(five), api));
    const values = {
      promptTokensPerSecond: perSecond(tokens.input + tokens.cached),
      cachedPromptTokensPerSecond: perSecond(tokens.cached),
      generationTokensPerSecond: perSecond(tokens.output),
      nodeUsdPerHour: node.microUsdPerHour === null ? null : usdOfMicroUsd(node.microUsdPerHour),
      apiUsdPerHour: worth === null ? null : usdOfMicroUsd((worth * MS_PER_HOUR) / (five.length * MS_PER_MINUTE)),
    };
    const count = ageMs > MS_PER_HOUR ? 1 : ageMs > RECENT_MS ? 6 : 60;
    return Array.from({length: count}, (_, part) => ({atMs: atMs + (part * MS_PER_MINUTE) / count, values}));
  });
}

function totalOf(minutes: readonly EarlierMinute[]): TokenCounts {
  return minutes.reduce((sum, {tokens}) => sumOfCounts(sum, tokens), noTokens);
}

function perSecond(tokens: number): number {
  return (tokens * MS_PER_SECOND) / MS_PER_MINUTE;
}
