import type {ServerResponse} from 'node:http';
import {afterAwake} from '../../sources/host/awake-time.ts';

/** Limits of every stream, milliseconds. */
export type StreamLimits = {
  /** Interval of comments on a quiet stream. */
  readonly keepAliveMs: number;
  /** A client that takes nothing for this long is disconnected. */
  readonly unreadMs: number;
};

export type EventStreamOptions = {
  readonly response: ServerResponse;
  readonly streams: StreamLimits;
  /** Ends the stream when aborted. */
  readonly closing: AbortSignal;
  /**
   * Returns the next pending event, null if none. Called only while the client accepts data, so the caller stores, limits
   * and merges pending events.
   */
  readonly next: () => {readonly event: string; readonly data: string} | null;
  /** Called once when the stream ends, for any reason. */
  readonly onClose: () => void;
};

/** A stream of server-sent events that never buffers more than one event. */
export type EventStream = {
  /** Signals that `next` may have an event. */
  readonly wake: () => void;
};

/** Starts a response with server-sent events (the WHATWG `text/event-stream` format). */
export function openEventStream(options: EventStreamOptions): EventStream {
  const {response, closing, streams} = options;
  let isBlocked = false;
  let cancelLimit = (): void => undefined;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();

  const write = (text: string): void => {
    isBlocked = !response.write(text);
    if (isBlocked) cancelLimit = afterAwake(streams.unreadMs, () => response.destroy());
  };
  const pump = (): void => {
    while (!isBlocked && !response.writableEnded && !response.destroyed) {
      const waiting = options.next();
      if (waiting === null) return;
      write(`event: ${waiting.event}\ndata: ${waiting.data}\n\n`);
    }
  };
  const keepAlive = setInterval(() => {
    if (!isBlocked) write(': keep-alive\n\n');
  }, streams.keepAliveMs);
  const end = (): void => {
    response.end();
  };
  response.on('drain', () => {
    cancelLimit();
    isBlocked = false;
    pump();
  });
  // A client that disconnects during a write is not an error; `close` follows.
  response.on('error', () => undefined);
  response.once('close', () => {
    clearInterval(keepAlive);
    cancelLimit();
    closing.removeEventListener('abort', end);
    options.onClose();
  });
  closing.addEventListener('abort', end, {once: true});
  if (closing.aborted) end();
  return {wake: pump};
}
