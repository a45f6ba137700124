import {absent, isAbsent, mapReading, type Reading} from '../../samples/reading.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';

/** What a driver prints instead of a value when the card itself is in trouble: never an idle card. */
const faultWords: ReadonlySet<string> = new Set([
  'GPU is lost',
  'GPU requires reset',
  'Unknown Error',
  'ERR!',
  'GPU access blocked by the operating system',
]);

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
]);

/** The words of a cell without the square brackets that mark a non-value. */
function bare(cell: string): string {
  const text = cell.trim();
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1).trim() : text;
}

/** The fault a cell names (`GPU is lost`), or null. */
export function faultOf(cell: string): string | null {
  const words = bare(cell);
  return faultWords.has(words) ? words : null;
}

/** A cell as text; words that stand for no value become absent with the reason. Unknown words in brackets do too. */
export function textCell(cell: string | undefined): Reading<string> {
  if (cell === undefined) return absent('this driver does not know the field');
  const words = bare(cell);
  const reason = absentWords.get(words);
  if (reason !== undefined) return absent(reason);
  if (faultWords.has(words)) return absent(`the driver says: ${words}`);
  if (words !== cell.trim()) return absent(`the driver says: ${words}`);
  return words;
}

/** A cell as a number, with or without its unit (`71 %`, `95.00 W`, `5 MiB`, `0x1A` excepted). */
export function numberCell(cell: string | undefined): Reading<number> {
  const text = textCell(cell);
  if (isAbsent(text)) return text;
  const match = /^(-?\d+(?:\.\d+)?)(?:\s*(?:MiB|MB|%|W|MHz|C|us|x))?$/.exec(text);
  return match === null ? absent(`the driver printed "${text.slice(0, 40)}"`) : Number(match[1]);
}

/** A cell in MiB as bytes: the only place where nvidia-smi's MiB become bytes. */
export function mibCell(cell: string | undefined): Reading<number> {
  return mapReading(numberCell(cell), (mib) => mib * BYTES_PER_MIB);
}

/** A cell in percent as a ratio 0..1. */
export function percentCell(cell: string | undefined): Reading<number> {
  return mapReading(numberCell(cell), (percent) => percent / 100);
}

/** `Yes`/`No`, or the 1/0 of branches before 580. */
export function booleanCell(cell: string | undefined): Reading<boolean> {
  const text = textCell(cell);
  if (isAbsent(text)) return text;
  if (text === 'Yes' || text === '1') return true;
  if (text === 'No' || text === '0') return false;
  return absent(`the driver printed "${text.slice(0, 40)}"`);
}
