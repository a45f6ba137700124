import {Agent, type IncomingMessage, request} from 'node:http';
import {pipeline, type Readable} from 'node:stream';
import {createGunzip, createInflate, type Gunzip, type Inflate} from 'node:zlib';

/** Requests come every second: their connections are used again. An idle one keeps no process alive. */
const agent = new Agent({keepAlive: true, maxFreeSockets: 2});

export type HttpRequest = {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Closes the connection, also while the body is read, which then rejects. */
  readonly signal: AbortSignal;
};

export type HttpAnswer = {
  readonly status: number;
  readonly statusText: string;
  /** A status of success, 200 to 299. */
  readonly ok: boolean;
  /** The body as it arrives, decompressed. Leaving a loop over it closes the connection; rejects if that closes too early. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection, with the body unread. */
  readonly discard: () => void;
};

/**
 * Sends a request over HTTP, and resolves with the head of its answer; `httpFault` explains a rejection. A redirect is an
 * answer: its target gets nothing. Time and the size of a body are limited by the caller; a head has 16 KiB at most. Node's
 * `fetch` would load a second HTTP client, with 5 MiB of memory, and use three times the CPU.
 */
export async function askHttp(url: string, asked: HttpRequest): Promise<HttpAnswer> {
  try {
    return await exchange(url, asked, asked.method === 'POST' ? null : agent);
  } catch (error) {
    // The server has closed an idle connection just as it was used again: nothing was answered on it.
    if (error instanceof ClosedMeanwhileError && !asked.signal.aborted) return await exchange(url, asked, null);
    throw error;
  }
}

/** A connection of an earlier request was closed before this one was answered. */
class ClosedMeanwhileError extends Error {}

/** `reused`: where to find a connection of an earlier request; null for a new connection. */
function exchange(url: string, {method = 'GET', headers, body, signal}: HttpRequest, reused: Agent | null) {
  return new Promise<HttpAnswer>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const outgoing = request(url, {method, headers: {...headers}, agent: reused ?? false});
    let answering: IncomingMessage | null = null;
    const abort = (): void => void (answering ?? outgoing).destroy(signal.reason);
    signal.addEventListener('abort', abort, {once: true});
    // Stays for errors after the answer: the body has them as well.
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const isClosedMeanwhile = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isClosedMeanwhile ? new ClosedMeanwhileError() : error);
    });
    outgoing.once('close', () => {
      signal.removeEventListener('abort', abort);
      // After an answer, without effect.
      reject(Object.assign(new Error('closed without an answer'), {code: 'ECONNRESET'}));
    });
    outgoing.once('response', (response) => {
      answering = response;
      resolve(answerOf(response));
    });
    outgoing.end(body);
  });
}

function answerOf(response: IncomingMessage): HttpAnswer {
  const {statusCode: status = 0, statusMessage: statusText = ''} = response;
  return {
    status,
    statusText,
    ok: status >= 200 && status < 300,
    body: bodyOf(response),
    discard: () => void response.destroy(),
  };
}

/** Compression is not asked for; some proxies compress without being asked. */
function bodyOf(response: IncomingMessage): Readable {
  const decompress = decompressorOf(response.headers['content-encoding']?.trim().toLowerCase());
  // The error that ends the pipeline is that of the body.
  return decompress === null ? response : pipeline(response, decompress, () => undefined);
}

function decompressorOf(encoding: string | undefined): Gunzip | Inflate | null {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  return encoding === 'deflate' ? createInflate() : null;
}
