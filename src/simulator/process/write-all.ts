import {writeSync} from 'node:fs';

/** Writes at once; a reader that has gone away or a full disk does not stop an engine, as it does not stop its logging. */
export function writeAll(descriptor: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EPIPE' || code === 'EIO' || code === 'ENOSPC') return;
      if (code !== 'EAGAIN') throw error;
    }
  }
}
