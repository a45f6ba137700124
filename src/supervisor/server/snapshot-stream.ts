import type {ServerResponse} from 'node:http';
import type {Snapshot} from '../../api/snapshot.ts';
import {openEventStream, type StreamLimits} from './event-stream.ts';
import type {ServerHandlers} from './server-handlers.ts';

/** Streams complete snapshots, the first immediately. A slow client skips to the latest. */
export function streamSnapshots(exchange: {
  readonly handlers: ServerHandlers;
  readonly response: ServerResponse;
  readonly streams: StreamLimits;
  readonly closing: AbortSignal;
}): void {
  const {handlers, response, streams, closing} = exchange;
  let latest: Snapshot | null = handlers.getSnapshot();
  let wake = (): void => undefined;
  const unsubscribe = handlers.subscribeSnapshots((snapshot) => {
    latest = snapshot;
    wake();
  });
  const stream = openEventStream({
    response,
    streams,
    closing,
    onClose: unsubscribe,
    next: () => {
      if (latest === null) return null;
      const data = toJson(latest);
      latest = null;
      return {event: 'snapshot', data};
    },
  });
  wake = stream.wake;
  wake();
}

/** Of the last snapshot alone: a weak map keeps its texts until the next complete collection of garbage, tens of seconds. */
const last: {of: Snapshot | null; json: string} = {of: null, json: ''};

/** Every client of one tick gets the same text. */
function toJson(snapshot: Snapshot): string {
  if (last.of !== snapshot) {
    last.of = snapshot;
    last.json = JSON.stringify(snapshot);
  }
  return last.json;
}
