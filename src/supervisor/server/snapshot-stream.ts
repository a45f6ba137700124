import type {IncomingMessage, ServerResponse} from 'node:http';
import {CHANGES_HEADER} from '../../api/headers.ts';
import {type SnapshotChanges, snapshotPatch} from '../../api/recording/snapshot-changes.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {openEventStream, type StreamLimits} from './event-stream.ts';
import type {ServerHandlers} from './server-handlers.ts';

/**
 * Streams snapshots, the first immediately: complete ones, or after the first one the changes since the snapshot that this client got
 * last, if it takes them. A slow client skips to the latest.
 */
export function streamSnapshots(exchange: {
  readonly handlers: ServerHandlers;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly streams: StreamLimits;
  readonly closing: AbortSignal;
}): void {
  const {handlers, response, streams, closing} = exchange;
  const takesChanges = exchange.request.headers[CHANGES_HEADER] === 'yes';
  let sent: Snapshot | null = null;
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
      const next =
        sent === null
          ? {event: 'snapshot', data: toJson(latest)}
          : {event: 'changes', data: changesToJson(sent, latest)};
      if (takesChanges) sent = latest;
      latest = null;
      return next;
    },
  });
  wake = stream.wake;
  wake();
}

function changesToJson(before: Snapshot, after: Snapshot): string {
  const changes: SnapshotChanges = {from: before.sequence, patch: snapshotPatch(before, after)};
  return JSON.stringify(changes);
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
