import {absent, isAbsent, mapReading, type Reading} from '../../../samples/reading.ts';
import {BYTES_PER_MIB} from '../../../shared/units.ts';

/** Words about the whole card: wherever one of them stands, nothing else of the card can be trusted. */
const cardFaultWords: ReadonlySet<string> = new Set([
  'GPU is lost',
  'GPU requires reset',
  'GPU access blocked by the operating system',
]);

/** Words that a single reading may give by itself (the power of a notebook card): a fault only in a telling cell. */
const readingFaultWords: ReadonlySet<string> = new Set(['Unknown Error', 'ERR!']);

/** What a driver prints for a value that this card, driver or user cannot have, and why. */
const absentWords: ReadonlyMap<string, string> = new Map([
  ['', 'the driver printed nothing'],
  ['-', 'the driver printed nothing'],
  ['N/A', 'not available on this card'],
  ['Not Supported', 'not supported by this card'],
  ['Insufficient Permissions', 'this user may not read it'],
  ['Not Found', 'the driver did not find it'],
  ['Timeout', 'the driver took too long to read it'],
  ['Requested functionality has been deprecated', 'this driver does not have it any more'],
  ['Function Not Found', 'this driver does not have it'],
  ['Uninitialized', 'the driver is not initialized'],
  ['In use by another client', 'another client holds the card'],
]);

/** Longest piece of the driver's own words in a reason. */
const MAX_QUOTE = 40;

/** The words of a cell without the square brackets that mark a non-value. */
function bare(cell: string): string {
  const text = cell.trim();
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1).trim() : text;
}

/** The fault of the whole card that a cell names (`GPU is lost`), or null. */
export function cardFaultOf(cell: string): string | null {
  const words = bare(cell);
  return cardFaultWords.has(words) ? words : null;
}

/** Any fault that a cell names, also one that may be about this reading alone (`Unknown Error`), or null. */
export function faultOf(cell: string): string | null {
  const words = bare(cell);
  return cardFaultWords.has(words) || readingFaultWords.has(words) ? words : null;
}

/** True when the cell says that this user may not read the value. */
export function isForbidden(cell: string): boolean {
  return bare(cell) === 'Insufficient Permissions';
}

/**
 * A cell as text; words that stand for no value become absent with the reason, unknown words in brackets too.
 * `missing` is the reason where there is no cell at all.
 */
export function textCell(cell: string | undefined, missing = 'this output does not have it'): Reading<string> {
  if (cell === undefined) return absent(missing);
  const words = bare(cell);
  const reason = absentWords.get(words);
  if (reason !== undefined) return absent(reason);
  if (faultOf(cell) !== null || words !== cell.trim()) return absent(`the driver says: ${words.slice(0, MAX_QUOTE)}`);
  return words;
}

/** A plain number with one of the units behind it or none; anything else is absent, never 0. */
function quantity(cell: string | undefined, units: string, missing?: string): Reading<number> {
  const text = textCell(cell, missing);
  if (isAbsent(text)) return text;
  const match = new RegExp(`^(-?\\d{1,15}(?:\\.\\d{1,9})?)(?:\\s*(?:${units}))?$`).exec(text);
  return match === null ? absent(`the driver printed "${text.slice(0, MAX_QUOTE)}"`) : Number(match[1]);
}

/** A cell as a number, with or without its unit (`71 C`, `95.00 W`, `345 MHz`). */
export function numberCell(cell: string | undefined, missing?: string): Reading<number> {
  return quantity(cell, 'W|MHz|C|us|x', missing);
}

/** A cell as a count, an index or a process id: a whole number from 0. */
export function countCell(cell: string | undefined, missing?: string): Reading<number> {
  const value = quantity(cell, '', missing);
  if (isAbsent(value) || (Number.isInteger(value) && value >= 0)) return value;
  return absent(`the driver printed "${value}"`);
}

/** A cell in MiB as bytes: the only place where nvidia-smi's MiB become bytes. Old branches write them as MB. */
export function mibCell(cell: string | undefined, missing?: string): Reading<number> {
  const mib = quantity(cell, 'MiB|MB', missing);
  if (isAbsent(mib)) return mib;
  return mib < 0 ? absent(`the driver printed "${mib}"`) : Math.round(mib * BYTES_PER_MIB);
}

/** A cell in percent as a ratio 0..1. */
export function percentCell(cell: string | undefined, missing?: string): Reading<number> {
  return mapReading(quantity(cell, '%', missing), (percent) => percent / 100);
}

/** `Yes`/`No`, or the 1/0 of branches before 580. */
export function booleanCell(cell: string | undefined, missing?: string): Reading<boolean> {
  const text = textCell(cell, missing);
  if (isAbsent(text)) return text;
  if (text === 'Yes' || text === '1') return true;
  if (text === 'No' || text === '0') return false;
  return absent(`the driver printed "${text.slice(0, MAX_QUOTE)}"`);
}
