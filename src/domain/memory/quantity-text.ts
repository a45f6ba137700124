import {BYTES_PER_GB, BYTES_PER_GIB} from '../../shared/units.ts';

/** Bytes as GiB for a sentence: `53.8 GiB`; small amounts with two digits. */
export function gibText(bytes: number): string {
  return `${gibDigits(bytes)} GiB`;
}

/** `53.8`, `3.57`: the same without the unit. */
export function gibDigits(bytes: number): string {
  const gib = bytes / BYTES_PER_GIB;
  return gib.toFixed(Math.abs(gib) < 10 ? 2 : 1);
}

/** Bytes as decimal GB, the unit of checkpoints: `595.1 GB`, `1,030.1 GB`. */
export function gbText(bytes: number): string {
  return `${(bytes / BYTES_PER_GB).toFixed(1).replace(/\B(?=(?:\d{3})+\.)/g, ',')} GB`;
}

/** A count with thousands separators: `262,144`. */
export function countText(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A noun with its count: `1 GPU`, `8 GPUs`. */
export function countedText(count: number, singular: string): string {
  return `${countText(count)} ${singular}${count === 1 ? '' : 's'}`;
}

/** A fraction 0..1 with at least two digits: `0.90`, `0.925`. */
export function fractionText(fraction: number): string {
  const text = String(Math.round(fraction * 10_000) / 10_000);
  return /^\d\.\d{2,}$/.test(text) ? text : fraction.toFixed(2);
}
