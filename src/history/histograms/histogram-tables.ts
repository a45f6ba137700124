import type {DatabaseSync} from 'node:sqlite';
import {type GrowthTrack, growthAfter, type ReadMetrics} from '../../domain/traffic/distributions/growth-track.ts';
import {type HistogramName, histogramNames} from '../../domain/traffic/distributions/histogram-names.ts';
import {histogramCount} from '../../domain/traffic/histogram-quantile.ts';
import {slotOf} from '../pages.ts';
import {prepared} from '../prepared.ts';
import type {Steps} from '../steps.ts';
import {BoundsBook} from './bounds-book.ts';
import {writeGrowth} from './growth-blob.ts';
import {type GrowthPart, mergedParts, partsIn, partsOf} from './growth-parts.ts';
import {histogramTiers} from './histogram-tiers.ts';
import {putReads, selectReads} from './kept-reads.ts';
import {type HistogramTime, inSlots, type KeptIntervals, selectIntervals, selectStart} from './select-intervals.ts';

/** Intervals that wait while the disk accepts no writes, an hour of them; what grows later is added to the newest. */
const MAX_WAITING = 360;

/**
 * What the engine's histograms grew by in each interval, one row for all of them; none for an interval without a request. Where
 * their growth is counted from is written together with it: after a crash, what is not in one interval is in the next.
 */
export class HistogramTables {
  readonly #database: DatabaseSync;
  readonly #book: BoundsBook;
  /** By the start of the interval. */
  readonly #waiting = new Map<number, readonly GrowthPart[]>();
  /** By run, what is not written of where its growth is counted from. */
  readonly #waitingReads = new Map<string, GrowthTrack>();
  #run: {readonly runId: string; readonly track: GrowthTrack} | null = null;
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
    const before = this.#run?.runId === runId ? this.#run.track : this.#recalled(runId);
    const {track, growth} = growthAfter(before, read);
    this.#run = {runId, track};
    if (!isSameRead(before, track)) this.#waitingReads.set(runId, track);
    const parts = partsOf(growth, this.#book);
    if (parts.length === 0) return;
    const slotMs = slotOf(atMs, histogramTiers[0].stepMs);
    const isFull = this.#waiting.size >= MAX_WAITING && !this.#waiting.has(slotMs);
    const keyMs = isFull ? ([...this.#waiting.keys()].at(-1) ?? slotMs) : slotMs;
    this.#waiting.set(keyMs, mergedParts(this.#waiting.get(keyMs) ?? [], parts));
  }

  /** Writes what waits; the caller owns the transaction, and calls `clear` when it is committed. */
  insert(): void {
    if (this.#waitingReads.size === 0 && this.#waiting.size === 0) return;
    prepared(
      this.#database,
      `INSERT INTO histogram_start (id, at_ms) VALUES (0, ?)
         ON CONFLICT (id) DO UPDATE SET at_ms = min(at_ms, excluded.at_ms)`,
    ).run(this.#startMs);
    for (const [runId, track] of this.#waitingReads) putReads(this.#database, this.#book, runId, track);
    for (const {table, stepMs} of histogramTiers) {
      for (const [atMs, parts] of inSlots(this.#waiting, stepMs)) this.#addTo(table, atMs, parts);
    }
    this.#book.insert();
  }

  /** Forgets what waited. */
  clear(): void {
    this.#waiting.clear();
    this.#waitingReads.clear();
    this.#book.clear();
  }

  /** Deletes intervals older than each tier's retention. */
  prune(nowMs: number): void {
    for (const {table, keepMs} of histogramTiers)
      prepared(this.#database, `DELETE FROM ${table} WHERE at_ms < ?`).run(nowMs - keepMs);
  }

  /** Since when growth is kept, epoch ms; null for never. */
  get startMs(): number | null {
    return this.#startMs;
  }

  /** The intervals of a time, those that are not written yet among them. */
  readonly read = (time: HistogramTime): Steps<KeptIntervals> =>
    selectIntervals(this.#database, this.#book, time, this.#waiting);

  #recalled(runId: string): GrowthTrack {
    const waiting = this.#waitingReads.get(runId);
    return waiting === undefined ? selectReads(this.#database, this.#book, runId) : {...waiting, clients: {}};
  }

  #addTo(table: string, atMs: number, parts: readonly GrowthPart[]): void {
    const found = prepared(this.#database, `SELECT growth FROM ${table} WHERE at_ms = ?`).get(atMs)?.['growth'];
    const before = found instanceof Uint8Array ? partsIn(found, this.#book) : [];
    const growth = writeGrowth(mergedParts(before, parts));
    prepared(this.#database, `INSERT OR REPLACE INTO ${table} (at_ms, growth) VALUES (?, ?)`).run(atMs, growth);
  }
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
