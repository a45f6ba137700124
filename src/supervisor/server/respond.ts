import type {IncomingMessage, ServerResponse} from 'node:http';
import type {ApiError} from '../../api/commands.ts';
import {kibText} from '../../shared/quantities/bytes.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {BYTES_PER_KIB} from '../../shared/units.ts';

/** A JSON answer. */
export type JsonAnswer = {readonly status: number; readonly body: unknown};

/** Maximum size of a request body. */
export const MAX_BODY_BYTES = 64 * BYTES_PER_KIB;

/** Prometheus text. */
export const METRICS_TYPE = 'text/plain; version=0.0.4';

/** Sends one JSON document, indented with `?pretty`. */
export function sendJson(response: ServerResponse, answer: JsonAnswer, isPretty: boolean): void {
  sendText(response, answer.status, `${JSON.stringify(answer.body, null, isPretty ? 2 : 0)}\n`, 'application/json');
}

/** Sends complete text. */
export function sendText(response: ServerResponse, status: number, text: string, contentType: string): void {
  begin(response, {status, contentType, bytes: Buffer.byteLength(text)});
  response.end(text);
}

/** Sends complete text that may be long, as its parts of UTF-8. */
export function sendParts(response: ServerResponse, parts: readonly Uint8Array[], contentType: string): void {
  begin(response, {status: 200, contentType, bytes: parts.reduce((sum, {byteLength}) => sum + byteLength, 0)});
  for (const part of parts) response.write(part);
  response.end();
}

function begin(
  response: ServerResponse,
  {status, contentType, bytes}: {readonly status: number; readonly contentType: string; readonly bytes: number},
): void {
  response.writeHead(status, {
    'content-type': `${contentType}; charset=utf-8`,
    'content-length': bytes,
    'cache-control': 'no-store',
  });
}

/** An error with its HTTP status. */
export type HttpError = {readonly status: number; readonly error: ApiError};

/** Reads a body of up to 64 KiB as text; a longer one is an error with status 413 and is not read further. */
export async function readBody(request: IncomingMessage): Promise<Result<string, HttpError>> {
  const chunks: Buffer[] = [];
  let totalBytes = 0;
  for await (const chunk of request.iterator({destroyOnReturn: false})) {
    if (!(chunk instanceof Buffer)) continue;
    totalBytes += chunk.length;
    if (totalBytes > MAX_BODY_BYTES) return err(tooLarge);
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks).toString('utf8'));
}

const tooLarge: HttpError = {
  status: 413,
  error: {
    code: 'api.body-too-large',
    message: `The request body is larger than ${kibText(MAX_BODY_BYTES)}.`,
    remedy: 'Send one command: a JSON object of a few hundred bytes.',
  },
};
