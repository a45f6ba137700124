/** What a line must contain before it is examined. */
const hint = /Error|Exception|Interrupt|Exit| E /;

const pattern =
  /(?:^|[\s\]])(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit)(?:: \S|$)|^\d+\.\d\d\.\d{3}\.\d{3} E /;

/** True for the line of a traceback that names the exception, and for an error line of llama.cpp. */
export function isExceptionLine(text: string): boolean {
  return hint.test(text) && pattern.test(text);
}
