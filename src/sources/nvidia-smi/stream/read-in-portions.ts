import {getDefaultHighWaterMark, type Readable, setDefaultHighWaterMark} from 'node:stream';

/**
 * Passes on what arrives within `gatherMs` of its first byte in one portion, and does not read meanwhile: a program that writes in
 * hundreds of small parts wakes this process twice, not hundreds of times. What is there when the stream ends is passed on before
 * its `end` is. Only a stream of `withoutReadAhead` leaves its pipe alone. Returns a function that passes on immediately what has
 * been gathered, for a stream that will be destroyed.
 */
export function readInPortions(stream: Readable, gatherMs: number, onPortion: (bytes: Buffer) => void): () => void {
  let parts: Buffer[] = [];
  let isGathering = false;
  const passOn = (): void => {
    isGathering = false;
    if (parts.length === 0) return;
    const portion = Buffer.concat(parts);
    parts = [];
    onPortion(portion);
  };
  const readOn = (): void => {
    stream.resume();
    // By then, what waits in the pipe has been read.
    setImmediate(passOn);
  };
  stream.on('data', (part: Buffer) => {
    parts.push(part);
    if (isGathering) return;
    isGathering = true;
    stream.pause();
    setTimeout(readOn, gatherMs);
  });
  stream.once('end', passOn);
  return passOn;
}

/** What `start` returns, with streams that read nothing in advance: while one is paused, its pipe is left alone. */
export function withoutReadAhead<T>(start: () => T): T {
  const usual = getDefaultHighWaterMark(false);
  // Of a pipe that Node itself opens, it can be set in no other way.
  setDefaultHighWaterMark(false, 1);
  try {
    return start();
  } finally {
    setDefaultHighWaterMark(false, usual);
  }
}
