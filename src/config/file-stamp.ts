import {type BigIntStats, statSync} from 'node:fs';
import {errorCode} from '../shared/error-code.ts';

/** Changes whenever the file is another one, or is written to: device, inode, size and times. One line of ASCII. */
export function stampOf({dev, ino, size, mtimeNs, ctimeNs}: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** The stamp of a file that is not there; null where that is not certain. */
export function stampOfError(error: unknown): string | null {
  return errorCode(error) === 'ENOENT' ? 'none' : null;
}

/** The stamp of the file as it is now; null where that is unknown. */
export function fileStamp(filePath: string): string | null {
  try {
    return stampOf(statSync(filePath, {bigint: true}));
  } catch (error) {
    return stampOfError(error);
  }
}
