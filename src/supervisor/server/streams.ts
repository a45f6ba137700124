import type {ServerResponse} from 'node:http';
import type {LogLines} from '../../api/log.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {ServerHandlers} from './server.ts';

const KEEP_ALIVE_MS = 15_000;
const MAX_QUEUED_LINES = 2_000;

/** Opens a stream of server-sent events; `onEnd` runs once when the client is gone. */
function openStream(response: ServerResponse, onEnd: () => void): void {
  response.writeHead(200, {'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store'});
  const keepAlive = setInterval(() => response.write(':\n\n'), KEEP_ALIVE_MS);
  response.once('close', () => {
    clearInterval(keepAlive);
    onEnd();
  });
}

/**
 * Every snapshot, whole, beginning with the present one. A client that does not keep up misses some: while its buffer
 * is full only the newest is kept for it.
 */
export function streamSnapshots(response: ServerResponse, handlers: ServerHandlers): void {
  let latest: Snapshot | null = null;
  let isFull = false;
  const send = (snapshot: Snapshot): void => {
    isFull = !response.write(`event: snapshot\nid: ${snapshot.sequence}\ndata: ${JSON.stringify(snapshot)}\n\n`);
  };
  const unsubscribe = handlers.subscribeSnapshots((snapshot) => {
    if (isFull) latest = snapshot;
    else send(snapshot);
  });
  openStream(response, unsubscribe);
  response.on('drain', () => {
    isFull = false;
    if (latest === null) return;
    const snapshot = latest;
    latest = null;
    send(snapshot);
  });
  send(handlers.getSnapshot());
}

/**
 * New log lines in batches, after the newest `tail` ones. For a client that does not keep up the oldest lines are
 * dropped, and a line in their place says how many.
 */
export function streamLog(response: ServerResponse, handlers: ServerHandlers, tail: number): void {
  let queued: LogLines['lines'] = [];
  let runId: string | null = null;
  let droppedCount = 0;
  let isFull = false;
  const flush = (): void => {
    if (isFull || queued.length === 0) return;
    const notice =
      droppedCount === 0
        ? []
        : [{number: queued[0]?.number ?? 0, text: `[${droppedCount} lines left out: this client was too slow]`}];
    const batch: LogLines = {runId, lines: [...notice, ...queued]};
    queued = [];
    droppedCount = 0;
    isFull = !response.write(`event: lines\ndata: ${JSON.stringify(batch)}\n\n`);
  };
  const add = (lines: LogLines): void => {
    runId = lines.runId;
    queued = queued.concat(lines.lines);
    if (queued.length > MAX_QUEUED_LINES) {
      droppedCount += queued.length - MAX_QUEUED_LINES;
      queued = queued.slice(-MAX_QUEUED_LINES);
    }
    flush();
  };
  const unsubscribe = handlers.subscribeLog(add);
  openStream(response, unsubscribe);
  response.on('drain', () => {
    isFull = false;
    flush();
  });
  add(handlers.getLog(tail));
  response.flushHeaders();
}
