let format: Intl.DateTimeFormat | null = null;

/** No calendar of JavaScript has a moment further from 1970 (ECMA-262, time values). */
export const MOST_DATE_MS = 8.64e15;
const NO_DATE = '????-??-?? ??:??:??';

/** `2026-11-23 17:05:12`. The Swedish date format is ISO; most commands need no time, and making a format takes 6 ms. */
function secondText(atMs: number): string {
  if (!(Math.abs(atMs) <= MOST_DATE_MS)) return NO_DATE;
  format ??= new Intl.DateTimeFormat('sv-SE', {timeZone: 'UTC', dateStyle: 'short', timeStyle: 'medium'});
  return format.format(atMs);
}

/** `2026-11-23 17:05:12 UTC`: unambiguous in text that is shared, whatever time zone the reader is in. */
export function utcText(atMs: number): string {
  return `${secondText(atMs)} UTC`;
}

/** `17:05:12 UTC`: a moment less than a day away. */
export function utcTimeText(atMs: number): string {
  return `${clockText(atMs)} UTC`;
}

/** `17:05:12`: in a column of times that are all UTC. */
export function clockText(atMs: number): string {
  return secondText(atMs).slice(-8);
}

/** `2026-11-23T17:05:12Z`: for programs. */
export function isoText(atMs: number): string {
  return `${secondText(atMs).replace(' ', 'T')}Z`;
}
