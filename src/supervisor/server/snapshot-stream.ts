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

const jsonOf = new WeakMap<Snapshot, string>();

/** Every client of one tick gets the same text. */
function toJson(snapshot: Snapshot): string {
  const known = jsonOf.get(snapshot);
  if (known !== undefined) return known;
  const json = JSON.stringify(snapshot);
  jsonOf.set(snapshot, json);
  return json;
}
