/** Why fetch got no complete response: no server, a server that does not speak HTTP, or a connection closed too early. */
export type FetchFault = {readonly kind: 'unreachable' | 'not-http' | 'broken-off'; readonly detail: string};

const brokenOffCodes: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** Classifies an error of fetch or of reading its body; the detail is a system or library code if there is one. */
export function fetchFault(error: unknown): FetchFault {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return {kind: 'unreachable', detail: String(cause)};
  // A DOMException's code is a number without meaning for the reader.
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  if (cause.name === 'HTTPParserError') return {kind: 'not-http', detail: cause.message};
  // Something answers: more headers than any engine sends, or a body that is not compressed as it says.
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return {kind: 'not-http', detail: code};
  if (code?.startsWith('Z_') === true) return {kind: 'broken-off', detail: code};
  return {
    kind: code !== null && brokenOffCodes.has(code) ? 'broken-off' : 'unreachable',
    detail: code ?? cause.message,
  };
}
