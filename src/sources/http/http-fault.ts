/** Why a request got no complete answer: no server, a server that does not speak HTTP, or a connection closed too early. */
export type HttpFault = {readonly kind: 'unreachable' | 'not-http' | 'broken-off'; readonly detail: string};

const brokenOffCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Classifies an error of a request or of reading its body; the detail is a system or library code if there is one. */
export function httpFault(error: unknown): HttpFault {
  if (!(error instanceof Error)) return {kind: 'unreachable', detail: String(error)};
  // A DOMException's code is a number without meaning for the reader.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  // Something answers: not in HTTP, or with more headers than any engine sends.
  if (code?.startsWith('HPE_') === true) {
    return {kind: 'not-http', detail: 'reason' in error && typeof error.reason === 'string' ? error.reason : code};
  }
  // A body that is not compressed as it says.
  const isBrokenOff = code !== null && (brokenOffCodes.has(code) || code.startsWith('Z_'));
  return {kind: isBrokenOff ? 'broken-off' : 'unreachable', detail: code ?? error.message};
}
