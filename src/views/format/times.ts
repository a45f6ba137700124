/** `45s`, `6m 40s`, `3h 05m`, `2d 4h`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${pad(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}h ${pad(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

// The Swedish way of writing a date is the ISO one.
const utc = new Intl.DateTimeFormat('sv-SE', {timeZone: 'UTC', dateStyle: 'short', timeStyle: 'medium'});

/** `2026-11-23 17:05:12 UTC`: unmistakable in a text that travels. */
export function utcText(atMs: number): string {
  return `${utc.format(atMs)} UTC`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
