import {writeSync} from 'node:fs';
import {errorCode} from '../../shared/error-code.ts';

/** Writes synchronously; a closed reader or a full disk does not stop an engine. */
export function writeAll(descriptor: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EPIPE' || code === 'EIO' || code === 'ENOSPC') return;
      if (code !== 'EAGAIN') throw error;
    }
  }
}
