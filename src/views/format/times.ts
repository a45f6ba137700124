// The Swedish date format is ISO.
const utc = new Intl.DateTimeFormat('sv-SE', {timeZone: 'UTC', dateStyle: 'short', timeStyle: 'medium'});

/** `2026-11-23 17:05:12 UTC`: unambiguous in text that is shared. */
export function utcText(atMs: number): string {
  return `${utc.format(atMs)} UTC`;
}
