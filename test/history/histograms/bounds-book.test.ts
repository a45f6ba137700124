import {DatabaseSync} from 'node:sqlite';
import {expect, test} from 'vitest';
import {BoundsBook} from '../../../src/history/histograms/bounds-book.ts';
import {createTables} from '../../../src/history/schema.ts';

test('bounds that cannot be read are left out, and their number is not used again', () => {
  const database = new DatabaseSync(':memory:');
  createTables(database);
  const book = new BoundsBook(database);
  expect(book.numberOf([1, 2, Number.POSITIVE_INFINITY])).toBe(0);
  book.insert();
  book.clear();
  const insert = database.prepare('INSERT INTO histogram_bounds (id, bounds) VALUES (?, ?)');
  insert.run(1, '[0.1,null]');
  insert.run(2, '[0.1,');
  const later = new BoundsBook(database);
  expect(later.bounds(0)).toEqual([1, 2, Number.POSITIVE_INFINITY]);
  expect([later.bounds(1), later.bounds(2)]).toEqual([null, null]);
  expect(later.numberOf([5, Number.POSITIVE_INFINITY])).toBe(3);
});
