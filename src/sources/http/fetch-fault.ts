/** Why fetch has no whole answer: nobody there, somebody who speaks no HTTP, or a connection that ended too early. */
export type FetchFault = {readonly kind: 'unreachable' | 'not-http' | 'broken-off'; readonly detail: string};

const brokenOffCodes: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** What an error of fetch, or of reading its body, says; the detail is a system's or library's code where there is one. */
export function fetchFault(error: unknown): FetchFault {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return {kind: 'unreachable', detail: String(cause)};
  // A DOMException's code is a number that says nothing to anybody.
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  if (cause.name === 'HTTPParserError') return {kind: 'not-http', detail: cause.message};
  return {
    kind: code !== null && brokenOffCodes.has(code) ? 'broken-off' : 'unreachable',
    detail: code ?? cause.message,
  };
}
