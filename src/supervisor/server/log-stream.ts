import type {ServerResponse} from 'node:http';
import type {LogLines} from '../../api/log-lines.ts';
import {openEventStream, type StreamLimits} from './event-stream.ts';
import {LogQueue} from './log-queue.ts';
import type {ServerHandlers} from './server-handlers.ts';

/**
 * Streams log lines: first the newest `tail` lines together (an empty event when there are none), then each new one.
 * For a slow client the oldest pending lines are replaced by a line with their count.
 */
export async function streamLog(
  exchange: {
    readonly handlers: ServerHandlers;
    readonly response: ServerResponse;
    readonly streams: StreamLimits;
    readonly closing: AbortSignal;
  },
  tail: number,
): Promise<void> {
  const {handlers, response, streams, closing} = exchange;
  const queue = new LogQueue();
  const early: LogLines[] = [];
  let receive = (lines: LogLines): void => {
    early.push(lines);
  };
  const unsubscribe = handlers.subscribeLog((lines) => receive(lines));
  let first: LogLines | null;
  try {
    first = await handlers.getLog(tail);
  } catch (error) {
    unsubscribe();
    throw error;
  }
  const shown = first;
  queue.add(shown);
  for (const lines of early) queue.add(withoutShown(lines, shown));
  if (response.destroyed) {
    unsubscribe();
    return;
  }
  const stream = openEventStream({
    response,
    streams,
    closing,
    onClose: unsubscribe,
    next: () => {
      const lines = queue.take() ?? first;
      first = null;
      return lines === null ? null : {event: 'lines', data: JSON.stringify(lines)};
    },
  });
  receive = (lines) => {
    queue.add(lines);
    stream.wake();
  };
  stream.wake();
}

/** Lines that arrived while reading the tail may already be in it. */
function withoutShown(lines: LogLines, shown: LogLines): LogLines {
  const last = shown.lines.at(-1);
  if (last === undefined || lines.runId !== shown.runId) return lines;
  return {...lines, lines: lines.lines.filter((line) => line.number > last.number)};
}
