import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import type {RecordedBytes} from '../../api/recording/recorded-lines.ts';
import {READ} from '../../sources/host/own-files.ts';

/** Read at a time: a minute of a recording. */
const BLOCK_BYTES = 256 * 1024;

/**
 * The bytes of a file, read when they are needed and open until the process ends. Null if it is no regular file or has more than
 * `mostBytes`. Throws where it cannot be opened. What can no longer be read later, or was cut off, is missing.
 */
export function openRecordingBytes(file: string, mostBytes: number): RecordedBytes | null {
  const descriptor = openSync(file, READ);
  const found = fstatSync(descriptor);
  if (!found.isFile() || found.size > mostBytes) {
    closeSync(descriptor);
    return null;
  }
  let block: Uint8Array = new Uint8Array(0);
  let blockStart = 0;
  return {
    length: found.size,
    subarray(start, end) {
      if (start < blockStart || end > blockStart + block.length) {
        block = readBytes(descriptor, start, Math.max(end - start, BLOCK_BYTES));
        blockStart = start;
      }
      return block.subarray(start - blockStart, end - blockStart);
    },
  };
}

/** As many of the bytes as there are. */
function readBytes(descriptor: number, start: number, length: number): Uint8Array {
  // A new one each time: the one before may still be looked at.
  const bytes = Buffer.allocUnsafe(length);
  let read = 0;
  while (read < length) {
    const more = readOnce(descriptor, bytes.subarray(read), start + read);
    if (more === 0) break;
    read += more;
  }
  return bytes.subarray(0, read);
}

function readOnce(descriptor: number, into: Uint8Array, position: number): number {
  try {
    return readSync(descriptor, into, 0, into.length, position);
  } catch {
    return 0;
  }
}
