import {absent, isAbsent, mapReading, type Reading} from '../../../samples/reading.ts';
import {BYTES_PER_MIB} from '../../../shared/units.ts';

/** Texts about the whole GPU: if one appears in any cell, no other value of the GPU can be trusted. */
const cardFaultWords: ReadonlySet<string> = new Set([
  'GPU is lost',
  'GPU requires reset',
  'GPU access blocked by the operating system',
]);

/** Texts that can also mean one failed reading (the power of a notebook GPU): a fault only in certain cells. */
const readingFaultWords: ReadonlySet<string> = new Set(['Unknown Error', 'ERR!']);

/** What a driver prints for a value that is not available with this GPU, driver or user, with the reason. */
const absentWords: ReadonlyMap<string, string> = new Map([
  ['', 'the driver printed nothing'],
  ['-', 'the driver printed nothing'],
  ['N/A', 'not available on this GPU'],
  ['Not Supported', 'not supported by this GPU'],
  ['Insufficient Permissions', 'permission denied for this user'],
  ['Not Found', 'the driver did not find it'],
  ['Timeout', 'the driver timed out reading it'],
  ['Requested functionality has been deprecated', 'removed from this driver'],
  ['Function Not Found', 'not in this driver'],
  ['Uninitialized', 'the driver is not initialized'],
  ['In use by another client', 'another client uses the GPU'],
]);

/** Longest quote of the driver in a reason. */
const MAX_QUOTE = 40;

/** The text of a cell without the square brackets that mark a non-value. */
function bare(cell: string): string {
  const text = cell.trim();
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1).trim() : text;
}

/** The fault of the whole GPU in a cell (`GPU is lost`), or null. */
export function cardFaultOf(cell: string): string | null {
  const words = bare(cell);
  return cardFaultWords.has(words) ? words : null;
}

/** Any fault in a cell, including one that may be about this reading only (`Unknown Error`), or null. */
export function faultOf(cell: string): string | null {
  const words = bare(cell);
  return cardFaultWords.has(words) || readingFaultWords.has(words) ? words : null;
}

/** True when the cell says that this user has no permission to read the value. */
export function isForbidden(cell: string): boolean {
  return bare(cell) === 'Insufficient Permissions';
}

/**
 * A cell as text; non-values become absent with the reason, including unknown texts in brackets. `missing` is the reason
 * when there is no cell.
 */
export function textCell(cell: string | undefined, missing = 'not in this output format'): Reading<string> {
  if (cell === undefined) return absent(missing);
  const words = bare(cell);
  const reason = absentWords.get(words);
  if (reason !== undefined) return absent(reason);
  if (faultOf(cell) !== null || words !== cell.trim())
    return absent(`the driver reports: ${words.slice(0, MAX_QUOTE)}`);
  return words;
}

/** A plain number with or without one of the units; anything else is absent, never 0. */
function quantity(cell: string | undefined, units: readonly string[], missing?: string): Reading<number> {
  const text = textCell(cell, missing);
  if (isAbsent(text)) return text;
  const [, digits, unit = ''] = /^(-?\d{1,15}(?:\.\d{1,9})?)\s*(\S*)$/.exec(text) ?? [];
  if (digits === undefined || (unit !== '' && !units.includes(unit)))
    return absent(`the driver printed "${text.slice(0, MAX_QUOTE)}"`);
  return Number(digits);
}

/** A cell as a number, with or without its unit (`71 C`, `95.00 W`, `345 MHz`). */
export function numberCell(cell: string | undefined, missing?: string): Reading<number> {
  return quantity(cell, ['W', 'MHz', 'C', 'us', 'x'], missing);
}

/** The same for what is never negative: power, clocks, lanes. */
export function amountCell(cell: string | undefined, missing?: string): Reading<number> {
  return possible(numberCell(cell, missing), Number.POSITIVE_INFINITY);
}

/** A number from 0 to `most`; a driver that prints another one has not measured it. */
function possible(reading: Reading<number>, most: number): Reading<number> {
  if (isAbsent(reading) || (reading >= 0 && reading <= most)) return reading;
  return absent(`the driver printed "${reading}"`);
}

/** A cell as a count, an index or a process id: a whole number from 0. */
export function countCell(cell: string | undefined, missing?: string): Reading<number> {
  const value = quantity(cell, [], missing);
  if (isAbsent(value) || (Number.isInteger(value) && value >= 0)) return value;
  return absent(`the driver printed "${value}"`);
}

/** A cell in MiB as bytes: the only place where nvidia-smi's MiB become bytes. Old branches label them MB. */
export function mibCell(cell: string | undefined, missing?: string): Reading<number> {
  const mib = possible(quantity(cell, ['MiB', 'MB'], missing), Number.POSITIVE_INFINITY);
  return mapReading(mib, (amount) => Math.round(amount * BYTES_PER_MIB));
}

/** A cell in percent as a ratio 0..1; none beyond that. */
export function percentCell(cell: string | undefined, missing?: string): Reading<number> {
  return mapReading(possible(quantity(cell, ['%'], missing), 100), (percent) => percent / 100);
}

/** `Yes`/`No`, or the 1/0 of branches before 580. */
export function booleanCell(cell: string | undefined, missing?: string): Reading<boolean> {
  const text = textCell(cell, missing);
  if (isAbsent(text)) return text;
  if (text === 'Yes' || text === '1') return true;
  if (text === 'No' || text === '0') return false;
  return absent(`the driver printed "${text.slice(0, MAX_QUOTE)}"`);
}
