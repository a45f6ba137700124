import type {Snapshot} from '../../../api/snapshot.ts';
import {allTimeAmounts} from '../../../domain/cost/report/all-time.ts';
import type {CostAmounts} from '../../../domain/cost/report/cost-amounts.ts';
import type {LedgerStore} from '../../../history/ledger/ledger-store.ts';
import type {Clock} from '../../loop/clock.ts';
import {metricsText} from './metrics-text.ts';

/** The ledger is written once a minute. */
const LEDGER_AGE_MS = 30_000;

export type MetricsPageOptions = {
  readonly getSnapshot: () => Snapshot;
  readonly history: {readonly ledger: Pick<LedgerStore, 'sums' | 'epochs'>};
  readonly clock: Pick<Clock, 'monotonicMs'>;
};

/** The page of metrics; of each snapshot its text is made once, however often it is asked for. */
export function createMetricsPage({getSnapshot, history, clock}: MetricsPageOptions): () => Promise<string> {
  let read: {readonly atMs: number; readonly ledger: Promise<CostAmounts | null>} | null = null;
  const texts = new WeakMap<Snapshot, Promise<string>>();

  function ledger(): Promise<CostAmounts | null> {
    const atMs = clock.monotonicMs();
    if (read === null || atMs - read.atMs >= LEDGER_AGE_MS) read = {atMs, ledger: readAllTime(history.ledger)};
    return read.ledger;
  }

  return () => {
    const snapshot = getSnapshot();
    const known = texts.get(snapshot);
    if (known !== undefined) return known;
    const text = ledger().then((amounts) => metricsText({snapshot, ledger: amounts}));
    texts.set(snapshot, text);
    return text;
  };
}

async function readAllTime(store: MetricsPageOptions['history']['ledger']): Promise<CostAmounts | null> {
  const [sums, epochs] = [await store.sums(0), store.epochs()];
  return sums.ok && epochs.ok ? allTimeAmounts(sums.value, epochs.value) : null;
}
