import type {DatabaseSync} from 'node:sqlite';
import {slotOf} from '../../shared/quantities/moments.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import {BoundsBook} from './bounds-book.ts';
import {writeGrowth} from './growth-blob.ts';
import {type GrowthPart, mergedParts, partsIn} from './growth-parts.ts';

/** Adds up the hours of a file of version 11, which has intervals of five minutes only. The caller owns the transaction. */
export function fillHours(database: DatabaseSync): void {
  const book = new BoundsBook(database);
  const hours = new Map<number, readonly GrowthPart[]>();
  for (const {atMs, growth} of database.prepare('SELECT at_ms AS atMs, growth FROM histograms_300s').iterate()) {
    if (typeof atMs !== 'number' || !(growth instanceof Uint8Array)) continue;
    const hourMs = slotOf(atMs, MS_PER_HOUR);
    hours.set(hourMs, mergedParts(hours.get(hourMs) ?? [], partsIn(growth, book)));
  }
  const insert = database.prepare('INSERT OR REPLACE INTO histograms_3600s (at_ms, growth) VALUES (?, ?)');
  for (const [hourMs, parts] of hours) insert.run(hourMs, writeGrowth(parts));
}
