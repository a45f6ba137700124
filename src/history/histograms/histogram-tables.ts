import type {DatabaseSync} from 'node:sqlite';
import {
  type GrowthTrack,
  growthAfter,
  type Histograms,
  type ReadMetrics,
} from '../../domain/traffic/distributions/growth-track.ts';
import {type HistogramName, histogramNames} from '../../domain/traffic/distributions/histogram-names.ts';
import {histogramCount} from '../../domain/traffic/histogram-quantile.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {prepared} from '../prepared.ts';
import type {Steps} from '../steps.ts';
import {BoundsBook} from './bounds-book.ts';
import {deleteGaps, insertGap} from './gap-table.ts';
import {writeGrowth} from './growth-blob.ts';
import {type GrowthPart, mergedParts, partsIn, partsOf} from './growth-parts.ts';
import {histogramTiers} from './histogram-tiers.ts';
import {putReads, putReadTime, selectReads, selectReadTime} from './kept-reads.ts';
import {type HistogramTime, type KeptIntervals, selectIntervals, selectStart} from './select-intervals.ts';
import {WaitingGrowth} from './waiting-growth.ts';

/** The histograms of a run as they were read last, and when. */
type ReadRun = {
  readonly runId: string;
  readonly track: GrowthTrack;
  /** The newest page of this supervisor, by its monotonic clock; null before the first one. */
  readonly monotonicMs: number | null;
  /** The newest page of the supervisor before, epoch ms; null if it is unknown. */
  readonly recalledAtMs: number | null;
};

/**
 * What the engine's histograms grew by in each interval, one row for all of them; none for an interval without a request. What they
 * grew by while no page of metrics was read is of no interval, but of the gap. Where their growth is counted from is written
 * together with it: after a crash, what is not in one interval is in the next, or in a gap.
 */
export class HistogramTables {
  readonly #database: DatabaseSync;
  readonly #book: BoundsBook;
  readonly #waiting = new WaitingGrowth();
  /** By run, what is not written of where its growth is counted from. */
  readonly #waitingReads = new Map<string, GrowthTrack>();
  /** By run, when it was read last, epoch ms. */
  readonly #waitingTimes = new Map<string, number>();
  #run: ReadRun | null = null;
  #newest: ReadMetrics['engine'] | null = null;
  #startMs: number | null;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#book = new BoundsBook(database);
    this.#startMs = selectStart(database);
  }

  /** Adds what a run's histograms have grown by; the same page of metrics adds nothing. */
  add(atMs: number, runId: string, read: ReadMetrics): void {
    if (this.#newest === read.engine) return;
    this.#newest = read.engine;
    this.#startMs = Math.min(this.#startMs ?? atMs, atMs);
    const run = this.#run?.runId === runId ? this.#run : this.#recalled(runId);
    const {track, growth} = growthAfter(run.track, read);
    const {monotonicMs} = read.engine.stamp;
    this.#run = {...run, track, monotonicMs};
    this.#waitingTimes.set(runId, atMs);
    if (!isSameRead(run.track, track)) this.#waitingReads.set(runId, track);
    const isRestarted = track.processStartSeconds !== run.track.processStartSeconds;
    const startMs = isRestarted && track.processStartSeconds !== null ? track.processStartSeconds * MS_PER_SECOND : 0;
    // The clock that can be set says nothing of how long ago this supervisor read the page before.
    const readAtMs = run.monotonicMs === null ? run.recalledAtMs : atMs - (monotonicMs - run.monotonicMs);
    const {own, recalled} = bySupervisor(growth, run.track);
    this.#addGrowth(Math.max(startMs, readAtMs ?? atMs), atMs, own);
    this.#addGrowth(Math.max(startMs, run.recalledAtMs ?? atMs), atMs, recalled);
  }

  /** Writes what waits; the caller owns the transaction, and calls `clear` when it is committed. */
  insert(): void {
    for (const [runId, atMs] of this.#waitingTimes) putReadTime(this.#database, runId, atMs);
    if (this.#waitingReads.size === 0 && this.#waiting.isEmpty) return;
    prepared(
      this.#database,
      `INSERT INTO histogram_start (id, at_ms) VALUES (0, ?)
         ON CONFLICT (id) DO UPDATE SET at_ms = min(at_ms, excluded.at_ms)`,
    ).run(this.#startMs);
    for (const [runId, track] of this.#waitingReads) putReads(this.#database, this.#book, runId, track);
    for (const {table, stepMs} of histogramTiers) {
      const {slots, gaps} = this.#waiting.placed(stepMs);
      for (const [atMs, parts] of slots) this.#addTo(table, atMs, parts);
      for (const gap of gaps) insertGap(this.#database, this.#book, stepMs, gap);
    }
    this.#book.insert();
  }

  /** Forgets what waited. */
  clear(): void {
    this.#waiting.clear();
    this.#waitingReads.clear();
    this.#waitingTimes.clear();
    this.#book.clear();
  }

  /** Deletes intervals older than each tier's retention. */
  prune(nowMs: number): void {
    for (const {table, stepMs, keepMs} of histogramTiers) {
      prepared(this.#database, `DELETE FROM ${table} WHERE at_ms < ?`).run(nowMs - keepMs);
      deleteGaps(this.#database, stepMs, nowMs - keepMs);
    }
  }

  /** Since when growth is kept, epoch ms; null for never. */
  get startMs(): number | null {
    return this.#startMs;
  }

  /** The intervals of a time, those that are not written yet among them. */
  readonly read = (time: HistogramTime): Steps<KeptIntervals> =>
    selectIntervals(this.#database, this.#book, time, this.#waiting);

  #recalled(runId: string): ReadRun {
    const waiting = this.#waitingReads.get(runId);
    const track = waiting === undefined ? selectReads(this.#database, this.#book, runId) : {...waiting, clients: {}};
    const recalledAtMs = this.#waitingTimes.get(runId) ?? selectReadTime(this.#database, runId);
    return {runId, track, monotonicMs: null, recalledAtMs};
  }

  #addGrowth(fromMs: number, atMs: number, growth: Histograms): void {
    this.#waiting.add(fromMs, atMs, partsOf(growth, this.#book));
  }

  #addTo(table: string, atMs: number, parts: readonly GrowthPart[]): void {
    const found = prepared(this.#database, `SELECT growth FROM ${table} WHERE at_ms = ?`).get(atMs)?.['growth'];
    const before = found instanceof Uint8Array ? partsIn(found, this.#book) : [];
    const growth = writeGrowth(mergedParts(before, parts));
    prepared(this.#database, `INSERT OR REPLACE INTO ${table} (at_ms, growth) VALUES (?, ?)`).run(atMs, growth);
  }
}

/** What grew since a page that this supervisor has read, and what since one of the supervisor before. */
function bySupervisor(growth: Histograms, {clients}: GrowthTrack): {own: Histograms; recalled: Histograms} {
  const own: {-readonly [Name in HistogramName]?: Histograms[Name]} = {};
  const recalled: {-readonly [Name in HistogramName]?: Histograms[Name]} = {};
  for (const name of histogramNames) {
    const found = growth[name];
    if (found !== undefined) (clients[name] === undefined ? recalled : own)[name] = found;
  }
  return {own, recalled};
}

/** A process that started again may count as much as the one before. */
function isSameRead(one: GrowthTrack, other: GrowthTrack): boolean {
  return (
    one.processStartSeconds === other.processStartSeconds &&
    histogramNames.every((name) => countOf(one, name) === countOf(other, name))
  );
}

function countOf({reads}: GrowthTrack, name: HistogramName): number | null {
  const found = reads[name];
  return found === undefined ? null : histogramCount(found);
}
