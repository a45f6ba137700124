import type {ApiError} from '../api/commands.ts';
import type {Event, EventsQuery, NewEvent} from '../api/event-schema.ts';
import type {GpuHistory, GpuSeriesName, History, HistoryQuery, HistorySeriesName} from '../api/history.ts';
import type {KeptMemory} from '../domain/diagnosis/serving/kept-memory.ts';
import type {PlanOutcome} from '../domain/memory/plan/plan-outcome.ts';
import type {ReadMetrics} from '../domain/traffic/distributions/growth-track.ts';
import {type LatencyTargets, noTargets} from '../domain/traffic/latencies.ts';
import {slotOf} from '../shared/quantities/moments.ts';
import {err, ok, type Result} from '../shared/result.ts';
import type {SlotFile} from '../sources/slots/slot-file.ts';
import {insertEvent, selectEvents} from './event-table.ts';
import {failure} from './failure.ts';
import {HistogramTables} from './histograms/histogram-tables.ts';
import {LedgerStore} from './ledger/ledger-store.ts';
import type {OpenedDatabase} from './open-database.ts';
import {gpuSteps, type HistoryTables, historySteps, seriesSteps} from './read-history.ts';
import {
  insertOutcome,
  insertStart,
  putRunMemory,
  type StartRecord,
  selectOutcomes,
  selectRunMemory,
  selectStarts,
} from './record-tables.ts';
import type {RunNotes} from './run-notes.ts';
import {PruneSchedule} from './series/prune-schedule.ts';
import {SeriesTables, type SeriesValues} from './series/series-tables.ts';
import {gpuSeries, nodeSeries} from './series/tiers.ts';
import {resultInSlices, resultOf} from './steps.ts';
import {inTransaction} from './transaction.ts';

/** How often samples are written, and soon after each change of the engine's state. A killed supervisor loses those of this time. */
const WRITE_EVERY_MS = 60_000;
/** How often a failed write is repeated. */
const RETRY_EVERY_MS = 5_000;
/** How often the notes of a run are written. */
const NOTE_EVERY_MS = 2_000;
/** With more GPUs, their series have a coarser step, so that a node at rest writes little. */
const MANY_GPUS = 16;
const MANY_GPUS_STEP_MS = 30_000;
/** Fewer than may wait. */
const PAST_ROWS = 1_000;

/** The values of one GPU at one time; null if unknown. */
export type GpuValues = {readonly index: number; readonly values: SeriesValues<GpuSeriesName>};

/**
 * Data kept across supervisors: series in tiers, events, finished starts, the cost ledger. Nothing here throws: failed
 * writes are results; a failed read returns nothing and the next `recordSample` reports why.
 */
export class HistoryStore {
  /** Problems with the file that were repaired when it was opened. */
  readonly warnings: readonly ApiError[];
  /** What was used and spent. A booking is written immediately, not with the samples. */
  readonly ledger: LedgerStore;
  readonly #database: OpenedDatabase['database'];
  readonly #tables: HistoryTables;
  #reading: Promise<History> = Promise.resolve({series: {}});
  /** By run: while the disk accepts no writes, several runs may wait. */
  readonly #waitingMemory = new Map<string, KeptMemory>();
  readonly #notesFile: SlotFile<RunNotes> | null;
  #notes: RunNotes | null;
  #notedAtMs: number | null = null;
  #writtenAtMs: number | null = null;
  readonly #pruning = new PruneSchedule();
  #readError: ApiError | null = null;
  #canWrite = true;
  #canNote = true;

  /** `notesFile` is null for a history that is in memory only. */
  constructor({database, warnings}: OpenedDatabase, notesFile: SlotFile<RunNotes> | null) {
    this.#database = database;
    this.warnings = warnings;
    this.ledger = new LedgerStore(database);
    this.#tables = {
      node: new SeriesTables(database, nodeSeries),
      gpus: new SeriesTables(database, gpuSeries),
      histograms: new HistogramTables(database),
    };
    this.#notesFile = notesFile;
    this.#notes = notesFile === null ? null : this.#read(null, () => notesFile.read());
  }

  /** False for a history that is in memory only. */
  get isLasting(): boolean {
    return this.#notesFile !== null;
  }

  /** False while the last attempt to write failed. */
  get canWrite(): boolean {
    return this.#canWrite && this.#canNote;
  }

  /** Adds one value per series of the node, and of each GPU; null means unknown. Most calls only buffer. */
  recordSample(
    atMs: number,
    values: SeriesValues<HistorySeriesName>,
    gpus: readonly GpuValues[] = [],
  ): Result<null, ApiError> {
    this.#pruning.sampled(atMs);
    this.#tables.node.add(atMs, values);
    const gpusAtMs = gpus.length > MANY_GPUS ? slotOf(atMs, MANY_GPUS_STEP_MS) : atMs;
    for (const gpu of gpus) this.#tables.gpus.add(gpusAtMs, gpu.values, gpu.index);
    const readError = this.#readError;
    this.#readError = null;
    const everyMs = this.#canWrite ? WRITE_EVERY_MS : RETRY_EVERY_MS;
    const written = isDue(this.#writtenAtMs, atMs, everyMs) ? this.#writeWaiting(atMs) : ok(null);
    const noted = isDue(this.#notedAtMs, atMs, NOTE_EVERY_MS) ? this.#writeNotes(atMs) : ok(null);
    if (readError !== null && written.ok && noted.ok) return err(readError);
    return written.ok ? noted : written;
  }

  /** Adds samples of the node of a time before anything else, oldest first. */
  recordPast(samples: readonly {readonly atMs: number; readonly values: SeriesValues<HistorySeriesName>}[]): void {
    for (let from = 0; from < samples.length; from += PAST_ROWS) {
      const rows = samples.slice(from, from + PAST_ROWS);
      for (const {atMs, values} of rows) this.#tables.node.add(atMs, values);
      this.#writeWaiting(rows.at(-1)?.atMs ?? 0);
    }
  }

  /** Adds what the engine's histograms have grown by since the last page of metrics. It is written together with the samples. */
  recordRequests(atMs: number, runId: string, metrics: ReadMetrics): void {
    this.#read(undefined, () => this.#tables.histograms.add(atMs, runId, metrics));
  }

  /** Has the next `recordSample` write what is buffered. */
  writeSoon(): void {
    if (this.#canWrite) this.#writtenAtMs = null;
  }

  /**
   * Points of these series of the node and of its GPUs, and what the requests had, against targets. Read in slices, one query after
   * the other: samplers and sockets have their turn in between.
   */
  async readHistory(query: HistoryQuery, nowMs: number, targets: LatencyTargets = noTargets): Promise<History> {
    const reading = this.#reading.then(() => resultInSlices(historySteps(this.#tables, query, nowMs, targets)));
    this.#reading = reading.catch((error: unknown) => {
      this.#readError = failure('read', error);
      return {series: {}, gpus: []};
    });
    return this.#reading;
  }

  /** Points of these series from `sinceMs` to `untilMs` (wall clock), oldest first, at the finest stored resolution. */
  readSeries(names: readonly HistorySeriesName[], sinceMs: number, untilMs: number): Pick<History, 'series'> {
    return {series: this.#read({}, () => resultOf(seriesSteps(this.#tables.node, names, sinceMs, untilMs)))};
  }

  /** The same of each GPU that has points in this time, or of the one with this index. */
  readGpuSeries(names: readonly GpuSeriesName[], sinceMs: number, untilMs: number, gpu?: number): GpuHistory[] {
    return this.#read([], () => resultOf(gpuSteps(this.#tables.gpus, gpu, names, sinceMs, untilMs)));
  }

  /** Stores an event and returns its number; the newest ten thousand are kept. */
  recordEvent(event: NewEvent): Result<Event, ApiError> {
    let id = 0;
    const written = this.#write(() => {
      id = insertEvent(this.#database, event);
    });
    return written.ok ? ok({...event, id}) : written;
  }

  /** The newest requested events, oldest first. */
  readEvents(query: EventsQuery): readonly Event[] {
    return this.#read([], () => selectEvents(this.#database, query));
  }

  /** Stores a finished start; the newest thousand are kept. */
  recordStart(start: StartRecord): Result<null, ApiError> {
    return this.#write(() => insertStart(this.#database, start));
  }

  /** The newest finished starts, newest first. */
  readStarts(limit: number): readonly StartRecord[] {
    return this.#read([], () => selectStarts(this.#database, limit));
  }

  /** Stores a plan outcome; the newest thousand are kept. */
  recordOutcome(outcome: PlanOutcome): Result<null, ApiError> {
    return this.#write(() => insertOutcome(this.#database, outcome));
  }

  /** The newest outcomes of plans, newest first. */
  readOutcomes(limit: number): readonly PlanOutcome[] {
    return this.#read([], () => selectOutcomes(this.#database, limit));
  }

  /** Keeps what is remembered of a run's memory instead of the earlier. It is written together with the samples. */
  keepRunMemory(runId: string, memory: KeptMemory): void {
    this.#waitingMemory.set(runId, memory);
  }

  /** What was last kept of a run's memory; null for nothing. */
  readRunMemory(runId: string): KeptMemory | null {
    return this.#read(null, () => this.#waitingMemory.get(runId) ?? selectRunMemory(this.#database, runId));
  }

  /** Keeps what the next supervisor of a run needs instead of the earlier. Written every few seconds, apart from the rest. */
  keepRunNotes(notes: RunNotes): void {
    this.#notes = notes;
  }

  /** What was last kept of a run; null for nothing. */
  readRunNotes(runId: string): RunNotes | null {
    return this.#notes?.runId === runId ? this.#notes : null;
  }

  /** Writes buffered data and closes the file. */
  close(): Result<null, ApiError> {
    const written = this.#writeWaiting(this.#writtenAtMs ?? 0);
    const noted = this.#writeNotes(this.#notedAtMs ?? 0);
    this.#database.close();
    return written.ok ? noted : written;
  }

  #writeNotes(atMs: number): Result<null, ApiError> {
    this.#notedAtMs = atMs;
    if (this.#notesFile === null || this.#notes === null) return ok(null);
    try {
      this.#notesFile.write(this.#notes);
      this.#canNote = true;
      return ok(null);
    } catch (error) {
      this.#canNote = false;
      return err(failure('written', error));
    }
  }

  #writeWaiting(atMs: number): Result<null, ApiError> {
    // Also after a failure: a full disk is retried after a while, not at every sample.
    this.#writtenAtMs = atMs;
    const written = this.#write(() => {
      for (const table of Object.values(this.#tables)) table.insert();
      for (const [runId, memory] of this.#waitingMemory) putRunMemory(this.#database, runId, memory);
      if (!this.#pruning.isDue(atMs)) return;
      for (const table of Object.values(this.#tables)) table.prune(atMs);
      this.#pruning.pruned(atMs);
    });
    if (!written.ok) return written;
    for (const table of Object.values(this.#tables)) table.clear();
    this.#waitingMemory.clear();
    return written;
  }

  #write(change: () => void): Result<null, ApiError> {
    const written = inTransaction(this.#database, change);
    this.#canWrite = written.ok;
    return written;
  }

  #read<T>(fallback: T, read: () => T): T {
    try {
      return read();
    } catch (error) {
      this.#readError = failure('read', error);
      return fallback;
    }
  }
}

function isDue(lastMs: number | null, nowMs: number, everyMs: number): boolean {
  return lastMs === null || Math.abs(nowMs - lastMs) >= everyMs;
}
