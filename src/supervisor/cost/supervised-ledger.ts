import {uptime} from 'node:os';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import type {HistoryStore} from '../../history/open-history.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import type {ActiveConfiguration} from '../configuration/active-configuration.ts';
import type {Clock} from '../loop/clock.ts';
import {readBootId} from '../process/process-identity.ts';
import type {Observation} from '../snapshot/observation.ts';
import type {Observer} from '../snapshot/observer.ts';
import type {OwnFindings} from '../snapshot/own-findings.ts';
import type {Directories} from '../state-dir/directories.ts';
import {readPastExit} from '../watch/past-exit.ts';
import {keptLedgerFile} from './kept-ledger.ts';
import {LedgerKeeper, type LedgerKeeperParts} from './ledger-keeper.ts';
import {ledgerTermsOf} from './ledger-terms.ts';
import {LiveMoney} from './live/live-money.ts';

type Parts = {
  readonly directories: Pick<Directories, 'dataDir'>;
  readonly history: Pick<HistoryStore, 'ledger' | 'isLasting'>;
  readonly clock: Clock;
  readonly observer: Pick<Observer, 'get'>;
  readonly own: OwnFindings;
  readonly configured: () => Pick<ActiveConfiguration, 'billing' | 'comparedApis'>;
  readonly lifecycle: () => LifecycleState;
  readonly record: LedgerKeeperParts['record'];
  readonly bench: LedgerKeeperParts['bench'];
};

/** The ledger, and the money of snapshots that is read from it. */
export type SupervisedLedger = {
  readonly keeper: LedgerKeeper;
  readonly money: LiveMoney;
  readonly observe: (observation: Observation) => void;
};

/** The ledger of a supervisor, with its file next to the history. */
export function superviseLedger(parts: Parts): SupervisedLedger {
  const {directories, history, clock, observer, own, lifecycle, record} = parts;
  const money = new LiveMoney({...parts, pending: () => keeper.state.bookings});
  const keeper = new LedgerKeeper({
    store: history.isLasting ? history.ledger : null,
    slots: keptLedgerFile(directories.dataDir),
    own,
    lifecycle,
    record,
    onBooked: money.onBooked,
    onFoundBooked: money.onFoundBooked,
    seen: observer.get,
    bench: parts.bench,
    terms: () => ledgerTermsOf(parts.configured()),
    now: () => ({
      wallMs: Math.round(clock.nowMs()),
      bootId: readBootId(),
      uptimeMs: uptimeMs(),
      monotonicMs: clock.monotonicMs(),
    }),
  });
  void money.load();
  return {keeper, money, observe: (observation) => keeper.observe(observation)};
}

/** When a run exited that nobody watched, by its record or its last sign of life, wall clock; null for one that runs. */
export function unwatchedExitMs(run: RunIdentity | null, nowMs: number): number | null {
  const past = run === null ? null : readPastExit(run, {nowMs, uptimeMs: uptimeMs(), seenAtMs: null});
  return past === null ? null : (past.exitedAtMs ?? past.seenAtMs ?? 0);
}

function uptimeMs(): number {
  return Math.round(uptime() * MS_PER_SECOND);
}
