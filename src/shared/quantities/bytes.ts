import {BYTES_PER_GB, BYTES_PER_GIB, BYTES_PER_KIB, BYTES_PER_MIB} from '../units.ts';
import {countText, decimalText} from './counts.ts';

/** Bytes as GiB for a sentence: `53.8 GiB`; small amounts with two digits, `3.57 GiB`. */
export function gibText(bytes: number): string {
  return `${gibNumber(bytes)} GiB`;
}

/** `53.8`, `3.57`: the same without the unit. */
export function gibNumber(bytes: number): string {
  const gib = bytes / BYTES_PER_GIB;
  return decimalText(gib, Math.abs(gib) < 9.995 ? 2 : 1);
}

/** `71.2 GiB`, `3.6 GiB`: always one digit, so that columns stand. */
export function fixedGibText(bytes: number): string {
  return `${fixedGibNumber(bytes)} GiB`;
}

/** `71.2`, `1,123.2`: the same without the unit, for columns that name it once. */
export function fixedGibNumber(bytes: number): string {
  return decimalText(bytes / BYTES_PER_GIB, 1);
}

/** `71.26 GiB`: as many digits as given, two without; for arithmetic that the reader can check. */
export function exactGibText(bytes: number, digits = 2): string {
  return `${decimalText(bytes / BYTES_PER_GIB, digits)} GiB`;
}

/** The bytes of the amount as `exactGibText` shows it: sums of such amounts add up as shown. */
export function wholeHundredths(bytes: number): number {
  return Math.round((Math.round((bytes / BYTES_PER_GIB) * 100) * BYTES_PER_GIB) / 100);
}

/** `+0.4 GiB`, `-3.3 GiB`: a difference. */
export function signedGibText(bytes: number): string {
  return `${signedGibNumber(bytes)} GiB`;
}

/** `+0.4`, `-3.3`: the same without the unit. */
export function signedGibNumber(bytes: number): string {
  return `${signOf(bytes / BYTES_PER_GIB, 0.05)}${fixedGibNumber(Math.abs(bytes))}`;
}

/** `value` less the other amounts, of the numbers as `fixedGibText` shows them: a difference that the reader can check. */
export function shownGibDifference(value: number, ...less: readonly number[]): number {
  return shownGibSum(value, ...less.map((bytes) => -bytes));
}

/** The sum of amounts as `fixedGibText` shows them. */
export function shownGibSum(...amounts: readonly number[]): number {
  const tenths = (bytes: number): number => Math.sign(bytes) * Math.round((Math.abs(bytes) / BYTES_PER_GIB) * 10);
  return (amounts.reduce((sum, bytes) => sum + tenths(bytes), 0) * BYTES_PER_GIB) / 10;
}

/** Bytes as decimal GB, the unit of checkpoints and vendors: `595.1 GB`, `1,030.1 GB`. */
export function gbText(bytes: number): string {
  return `${decimalText(bytes / BYTES_PER_GB, 1)} GB`;
}

/** `595 GB`: as the published guide counts. */
export function wholeGbText(bytes: number): string {
  return `${wholeGbNumber(bytes)} GB`;
}

/** `595`: the same without the unit. */
export function wholeGbNumber(bytes: number): string {
  return countText(bytes / BYTES_PER_GB);
}

/** `+95.1 GB`, `-3.3 GB`: a difference. */
export function signedGbText(bytes: number): string {
  return `${signOf(bytes / BYTES_PER_GB, 0.05)}${gbText(Math.abs(bytes))}`;
}

/** `81,559 MiB`. */
export function mibText(bytes: number): string {
  return `${mibNumber(bytes)} MiB`;
}

/** `81,559`: the same without the unit. */
export function mibNumber(bytes: number): string {
  return countText(bytes / BYTES_PER_MIB);
}

/** `64 MB`: decimal, for limits that are given so. */
export function mbText(bytes: number): string {
  return `${countText(bytes / 1e6)} MB`;
}

/** `16 KiB`, rounded up: a size that is there is not nothing. */
export function kibText(bytes: number): string {
  return `${countText(Math.ceil(bytes / BYTES_PER_KIB))} KiB`;
}

function signOf(value: number, leastShown: number): string {
  return value < 0 && Math.abs(value) >= leastShown ? '-' : '+';
}

/** Bytes of a text file: `48 KiB`, from one MiB on `52 MiB`. */
export function textSizeText(bytes: number): string {
  return bytes < BYTES_PER_MIB ? kibText(bytes) : mibText(bytes);
}
