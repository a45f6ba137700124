/** What a line says, without the time at which it was said: lines of the same content are repetitions. */
export function contentOf(text: string): string {
  return text
    .replace(/\b(?:\d{4}-)?\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?/, '')
    .replace(/^\d{1,9}\.\d\d\.\d{3}\.\d{3} /, '');
}
