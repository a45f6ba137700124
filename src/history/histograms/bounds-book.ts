import type {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import {jsonText} from '../json-text.ts';
import {prepared} from '../prepared.ts';
import {MOST_BUCKETS} from './growth-blob.ts';

/** Of more bounds, which no engine has, histograms are not kept. */
const MOST_BOUNDS = 256;

const rowsSchema = z.array(z.object({id: z.int().nonnegative(), bounds: z.string()}));
const finiteSchema = jsonText.pipe(z.array(z.number()));

/** The bounds of kept histograms by their numbers: intervals have the number alone. */
export class BoundsBook {
  readonly #database: DatabaseSync;
  readonly #byNumber = new Map<number, readonly number[]>();
  readonly #unwritten = new Set<number>();
  #next = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const rows = prepared(database, 'SELECT id, bounds FROM histogram_bounds').all();
    for (const {id, bounds} of rowsSchema.parse(rows)) {
      this.#next = Math.max(this.#next, id + 1);
      const finite = finiteSchema.safeParse(bounds);
      // JSON has no Infinity, which is the last bound of each. Intervals with bounds that cannot be read are left out.
      if (finite.success) this.#byNumber.set(id, [...finite.data, Number.POSITIVE_INFINITY]);
    }
  }

  /** Bounds, ascending, the last one Infinity; null for an unknown number. */
  bounds(number: number): readonly number[] | null {
    return this.#byNumber.get(number) ?? null;
  }

  /** The number of bounds, a new one if need be; null for more than are kept. */
  numberOf(bounds: readonly number[]): number | null {
    for (const [number, known] of this.#byNumber) {
      if (known.length === bounds.length && known.every((bound, place) => bound === bounds[place])) return number;
    }
    if (bounds.length > MOST_BUCKETS || this.#byNumber.size >= MOST_BOUNDS) return null;
    const number = this.#next;
    this.#next += 1;
    this.#byNumber.set(number, bounds);
    this.#unwritten.add(number);
    return number;
  }

  /** Writes new ones; the caller owns the transaction, and calls `clear` when it is committed. */
  insert(): void {
    for (const number of this.#unwritten) {
      prepared(this.#database, 'INSERT INTO histogram_bounds (id, bounds) VALUES (?, ?)').run(
        number,
        JSON.stringify(this.#byNumber.get(number)?.slice(0, -1)),
      );
    }
  }

  /** Forgets what was to be written. */
  clear(): void {
    this.#unwritten.clear();
  }
}
