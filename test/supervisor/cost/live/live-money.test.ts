import {afterEach, test} from 'vitest';
import {type LedgerState, withTimeUntil} from '../../../../src/domain/cost/ledger/ledger-state.ts';
import {initialLifecycleState} from '../../../../src/domain/lifecycle/step.ts';
import {type HistoryStore, openHistory} from '../../../../src/history/open-history.ts';
import {mapReading} from '../../../../src/samples/reading.ts';
import {err, type Result} from '../../../../src/shared/result.ts';
import {MS_PER_MINUTE} from '../../../../src/shared/units.ts';
import {LedgerBooker} from '../../../../src/supervisor/cost/ledger-booker.ts';
import {LiveMoney} from '../../../../src/supervisor/cost/live/live-money.ts';
import {nothingObserved} from '../../../../src/supervisor/snapshot/observation.ts';
import {eventually} from '../../../harness/eventually.ts';
import {ledgerSince, momentAt, nodePrices, plainTerms} from '../../../support/build-ledger.ts';

const START = Date.UTC(2026, 10, 28, 12);
const terms = plainTerms({pricesAt: () => nodePrices(10)});
let history: HistoryStore | null = null;

afterEach(() => {
  history?.close();
  history = null;
});

test('a booking that seemed to fail and is in the ledger is in the money immediately, and only once', async () => {
  const opened = openHistory({path: ':memory:'});
  if (!opened.ok) throw new Error(opened.error.message);
  history = opened.value;
  const {ledger} = history;
  let nowMs = START;
  let state: LedgerState = ledgerSince(momentAt(START));
  const money = new LiveMoney({
    history: {ledger, isLasting: true},
    clock: {nowMs: () => nowMs, monotonicMs: () => nowMs},
    pending: () => state.bookings,
    observer: {get: () => nothingObserved},
    configured: () => ({
      comparedApis: [],
      billing: {
        billedSinceMs: null,
        billedUntilMs: null,
        dated: [],
        microUsdPerHour: 10,
        microUsdPerKilowattHour: null,
      },
    }),
  });
  await money.load();
  let hasAnswer = true;
  const store = {
    id: () => ledger.id(),
    clock: () => ledger.clock(),
    run: (runId: string) => ledger.run(runId),
    book: (
      booking: Parameters<typeof ledger.book>[0],
    ): Result<null, {code: string; message: string; remedy: string}> => {
      const booked = ledger.book(booking);
      return hasAnswer ? booked : err({code: 'history.not-written', message: 'disk I/O error', remedy: ''});
    },
  };
  const booker = new LedgerBooker({
    store,
    slots: {isUnusable: false, read: () => null, write: () => undefined, setAside: () => ''},
    own: {add: () => undefined, resolve: () => undefined},
    onBooked: money.onBooked,
    onFoundBooked: money.onFoundBooked,
  });
  const down = {state: 'down', runId: null, milliwatts: null} as const;
  for (let half = 1; half <= 24; half++) {
    nowMs = START + (half * MS_PER_MINUTE) / 2;
    hasAnswer = half !== 16;
    state = withTimeUntil(state, momentAt(nowMs), down, terms);
    state = booker.book(state, nowMs, () => undefined);
  }
  const coveredMs = (): unknown =>
    mapReading(money.view(initialLifecycleState()).windows.today, (today) => today.coveredMs);
  await eventually(() => coveredMs() === 12 * MS_PER_MINUTE, 'all of it is in the money');
});
