// The Swedish way of writing a date is the ISO one.
const utc = new Intl.DateTimeFormat('sv-SE', {timeZone: 'UTC', dateStyle: 'short', timeStyle: 'medium'});

/** `2026-11-23 17:05:12 UTC`: unmistakable in a text that travels. */
export function utcText(atMs: number): string {
  return `${utc.format(atMs)} UTC`;
}
