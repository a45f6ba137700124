import type {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../../api/commands.ts';
import type {CostQuery} from '../../api/cost/cost-values.ts';
import type {Booking, LedgerClock, LedgerRun} from '../../domain/cost/ledger/entries.ts';
import type {LedgerHours, LedgerMinutes, LedgerSums, PriceEpoch} from '../../domain/cost/ledger/kept-entries.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {failure} from '../failure.ts';
import {BUSY_TIMEOUT_MS} from '../open-database.ts';
import {resultInSlices, type Steps} from '../steps.ts';
import {inTransaction} from '../transaction.ts';
import {type BenchRecord, insertBench, selectBenches} from './bench-table.ts';
import {BaselineMoved, bookEntries} from './book-entries.ts';
import {fileIdOf} from './file-id.ts';
import {type CostReading, costTextSteps, hourSteps} from './read-cost.ts';
import {minuteSteps} from './select-entries.ts';
import {selectClock, selectEpochs, selectRun} from './select-ledger.ts';
import {sumSteps} from './sum-ledger.ts';

/**
 * The ledger in the history file. Every method answers with a result: an amount that could not be read is an error, never zero.
 * Errors are `ledger.moved` (a booking from another state of the ledger: read `clock` and `run` again and compute it again),
 * and those of the history: `history.not-written`, `history.not-read`, `history.damaged`.
 */
export class LedgerStore {
  readonly #database: DatabaseSync;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Adds the entries of a booking and sets clock and runs to it, as a whole or not at all; does not wait for another process. */
  book(booking: Booking): Result<null, ApiError> {
    this.#database.exec('PRAGMA busy_timeout = 0');
    const booked = inTransaction(this.#database, () => bookEntries(this.#database, booking), notBooked);
    this.#database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return booked;
  }

  /** Tells the file from others: it has the number from its beginning, and so have its copies. */
  id(): Result<number, ApiError> {
    return this.#read(() => fileIdOf(this.#database));
  }

  /** Until when the time of the node is booked; null before the first booking. */
  clock(): Result<LedgerClock | null, ApiError> {
    return this.#read(() => selectClock(this.#database));
  }

  /** A run with what of it is booked; null for one that was never booked. */
  run(runId: string): Result<LedgerRun | null, ApiError> {
    return this.#read(() => selectRun(this.#database, runId));
  }

  /** The hours that begin from the hour of `sinceMs` on and before `untilMs` (wall clock), oldest first; read in slices. */
  hours(sinceMs: number, untilMs: number): Promise<Result<LedgerHours, ApiError>> {
    return this.#readInSlices(() => hourSteps(this.#database, sinceMs, untilMs));
  }

  /** What was used and spent in a time, in rows: a `CostDocument` as JSON in parts, indented if it is pretty; read in slices. */
  costText(
    query: CostQuery & {readonly isPretty: boolean},
    about: CostReading,
  ): Promise<Result<readonly Uint8Array[], ApiError>> {
    return this.#readInSlices(() => costTextSteps(this.#database, query, about));
  }

  /** The minutes from the one of `sinceMs` on and before `untilMs` (wall clock), oldest first; the latest 25 hours are kept. In slices. */
  minutes(sinceMs: number, untilMs: number): Promise<Result<LedgerMinutes, ApiError>> {
    return this.#readInSlices(() => minuteSteps(this.#database, sinceMs, untilMs));
  }

  /** All prices that were in force, the earliest first. */
  epochs(): Result<readonly PriceEpoch[], ApiError> {
    return this.#read(() => selectEpochs(this.#database));
  }

  /** Sums of all tokens, and of the time of hours from the one of `sinceMs` on; read in slices. */
  sums(sinceMs: number): Promise<Result<LedgerSums, ApiError>> {
    return this.#readInSlices(() => sumSteps(this.#database, sinceMs));
  }

  /** Keeps the result of a benchmark. */
  putBench(bench: BenchRecord): Result<null, ApiError> {
    return inTransaction(this.#database, () => insertBench(this.#database, bench));
  }

  /** The newest results of benchmarks, newest first. */
  benches(limit: number): Result<readonly BenchRecord[], ApiError> {
    return this.#read(() => selectBenches(this.#database, limit));
  }

  /** One after another: what several readers ask for at the same time is not in memory at the same time. */
  #readInSlices<T>(stepsOf: () => Steps<T>): Promise<Result<T, ApiError>> {
    const reading = this.#reading.then(async (): Promise<Result<T, ApiError>> => {
      try {
        return ok(await resultInSlices(stepsOf()));
      } catch (error) {
        return err(failure('read', error));
      }
    });
    this.#reading = reading;
    return reading;
  }

  #read<T>(read: () => T): Result<T, ApiError> {
    try {
      return ok(read());
    } catch (error) {
      return err(failure('read', error));
    }
  }
}

function notBooked(error: unknown): ApiError {
  if (!(error instanceof BaselineMoved)) return failure('written', error);
  return {
    code: 'ledger.moved',
    message: `The booking was not computed from the ledger as it is: ${error.message}.`,
    remedy: 'Nothing was booked. The supervisor computes it again; if this repeats, restart the supervisor.',
  };
}
