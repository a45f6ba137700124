/** How bad a line is by the log level that engines print, or by Python's fatal messages. */
export type LineLevel = 'error' | 'warning' | 'other';

/** `WARN` and `ERROR` as words, or as the letter that follows a time since the start. */
export function lineLevel(text: string): LineLevel {
  if (
    /\b(?:ERROR|CRITICAL|FATAL)\b|\bTraceback\b|\b\w{0,100}(?:Error|Exception):|^\d{1,9}\.\d\d\.\d{3}\.\d{3} E /.test(
      text,
    )
  ) {
    return 'error';
  }
  return /\bWARN(?:ING)?\b|^\d{1,9}\.\d\d\.\d{3}\.\d{3} W /.test(text) ? 'warning' : 'other';
}
