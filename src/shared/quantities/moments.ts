// The Swedish date format is ISO.
const utc = new Intl.DateTimeFormat('sv-SE', {timeZone: 'UTC', dateStyle: 'short', timeStyle: 'medium'});

/** `2026-11-23 17:05:12 UTC`: unambiguous in text that is shared, whatever time zone the reader is in. */
export function utcText(atMs: number): string {
  return `${utc.format(atMs)} UTC`;
}

/** `17:05:12 UTC`: a moment less than a day away. */
export function utcTimeText(atMs: number): string {
  return `${utc.format(atMs).slice(-8)} UTC`;
}
