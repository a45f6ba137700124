import {randomInt} from 'node:crypto';
import type {DatabaseSync} from 'node:sqlite';

/** A signed number of 32 bits, which is 0 in a new file. */
const NUMBERS = 2 ** 31;

/** The number that tells a history file from others, and that its copies have too; it is in the header of the file. */
export function fileIdOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA application_id').get()?.['application_id'] ?? 0);
}

/** Gives a file without a number a new one. */
export function giveFileId(database: DatabaseSync): void {
  if (fileIdOf(database) === 0) database.exec(`PRAGMA application_id = ${randomInt(1, NUMBERS)}`);
}

/** Gives a file that replaces another one its number. */
export function copyFileId(from: DatabaseSync, to: DatabaseSync): void {
  const id = fileIdOf(from);
  if (id !== 0) to.exec(`PRAGMA application_id = ${id}`);
}
