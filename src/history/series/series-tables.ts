import type {DatabaseSync, StatementSync} from 'node:sqlite';
import type {HistoryPoints} from '../../api/history.ts';
import {slotOf} from '../../shared/quantities/moments.ts';
import {prepared} from '../prepared.ts';
import type {Steps} from '../steps.ts';
import {newestOf, type SlotSum, selectGpus, selectPoints} from './select-points.ts';
import {upsertStatement} from './series-columns.ts';
import type {SeriesGroup, Tier} from './tiers.ts';

/** The values at one time; null if unknown. */
export type SeriesValues<Name extends string> = Partial<Readonly<Record<Name, number | null>>>;

type Sum = Omit<SlotSum, 'slotMs'>;

type WaitingRow<Name extends string> = {
  readonly slotMs: number;
  readonly gpu: number | null;
  readonly sums: Map<Name, Sum>;
};

/** Most rows that wait while the disk accepts no writes: an hour of the node or of 8 GPUs, nine minutes of 64 GPUs. */
const MAX_WAITING_ROWS = 3_600;

/**
 * The series of one group, in one table per tier; every sample is written to all of them. A row has all series of its time:
 * rows that are written together stand on the same pages, so that a minute of samples changes few of them. What is added
 * waits until `insert`, and is read as if it were written.
 */
export class SeriesTables<Name extends string> {
  readonly #database: DatabaseSync;
  readonly #group: SeriesGroup<Name>;
  readonly #inserts: readonly {readonly tier: Tier; readonly statement: StatementSync}[];
  /** In the order of their time; by time and GPU. */
  readonly #waiting = new Map<string, WaitingRow<Name>>();
  #newestAtMs: number;

  constructor(database: DatabaseSync, group: SeriesGroup<Name>) {
    this.#database = database;
    this.#group = group;
    this.#inserts = group.tiers.map((tier) => ({tier, statement: database.prepare(upsertStatement(tier, group))}));
    this.#newestAtMs = newestOf(database, group);
  }

  /** Adds one value per series to what waits; `gpu` is the index of the GPU that they are of, null for none. */
  add(atMs: number, values: SeriesValues<Name>, gpu: number | null = null): void {
    const slotMs = slotOf(atMs, this.#group.tiers[0].stepMs);
    const key = `${slotMs}/${gpu}`;
    const row = this.#waiting.get(key) ?? {slotMs, gpu, sums: new Map<Name, Sum>()};
    for (const name of this.#group.names) {
      const value = values[name];
      if (value !== undefined) row.sums.set(name, grown(row.sums.get(name), value));
    }
    if (row.sums.size === 0) return;
    this.#waiting.set(key, row);
    // Not the latest: a clock that was a day ahead must not make all that follows a day old.
    this.#newestAtMs = slotMs;
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MAX_WAITING_ROWS && oldest !== undefined) this.#waiting.delete(oldest);
  }

  /** Writes what waits; the caller owns the transaction, and calls `clear` when it is committed. */
  insert(): void {
    for (const {slotMs, gpu, sums} of this.#waiting.values()) {
      const key = gpu === null ? [] : [gpu];
      const cells = this.#group.names.flatMap((name) => {
        const sum = sums.get(name);
        return sum === undefined ? [null, null] : [sum.sum, sum.count];
      });
      for (const {tier, statement} of this.#inserts) statement.run(slotOf(slotMs, tier.stepMs), ...key, ...cells);
    }
  }

  /** Forgets what waited. */
  clear(): void {
    this.#waiting.clear();
  }

  /** Deletes points older than each tier's retention. */
  prune(nowMs: number): void {
    for (const {table, keepMs} of this.#group.tiers)
      prepared(this.#database, `DELETE FROM ${table} WHERE at_ms < ?`).run(nowMs - keepMs);
  }

  /** Points from `sinceMs` to `untilMs`, oldest first, at the finest stored resolution; null where a gap starts. */
  *read(name: Name, sinceMs: number, untilMs: number, gpu: number | null = null): Steps<HistoryPoints> {
    const waiting = [...this.#waiting.values()].flatMap((row): SlotSum[] => {
      const sum = row.sums.get(name);
      return sum === undefined || row.gpu !== gpu ? [] : [{slotMs: row.slotMs, ...sum}];
    });
    const query = {name, gpu, sinceMs, untilMs, newestAtMs: this.#newestAtMs};
    return yield* selectPoints(this.#database, this.#group, query, waiting);
  }

  /** The GPUs that have values from `sinceMs` to `untilMs`, by index. */
  *gpus(sinceMs: number, untilMs: number): Steps<readonly number[]> {
    const written = yield* selectGpus(this.#database, this.#group, {sinceMs, untilMs, newestAtMs: this.#newestAtMs});
    const waiting = [...this.#waiting.values()].flatMap(({slotMs, gpu}) =>
      gpu === null || slotMs < sinceMs || slotMs > untilMs ? [] : [gpu],
    );
    return [...new Set([...written, ...waiting])].sort((a, b) => a - b);
  }
}

/** A sum with one more value; an unknown one adds nothing. */
function grown(sum: Sum = {sum: 0, count: 0}, value: number | null): Sum {
  return value !== null && Number.isFinite(value) ? {sum: sum.sum + value, count: sum.count + 1} : sum;
}
