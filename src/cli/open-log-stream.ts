import {constants, createReadStream, fstatSync, openSync, type Stats, statSync} from 'node:fs';
import {open, stat} from 'node:fs/promises';
import {Socket} from 'node:net';
import path from 'node:path';
import type {Readable} from 'node:stream';
import {createGunzip} from 'node:zlib';
import type {ApiError} from '../api/commands.ts';
import {errorCode} from '../shared/error-code.ts';
import {err, ok, type Result} from '../shared/result.ts';

const CHUNK_BYTES = 256 * 1024;

export type OpenedLog = {
  readonly stream: Readable;
  /** Of a file that can be read from any place. */
  readonly file: {readonly sizeBytes: number; readonly readFrom: (byte: number) => Readable} | null;
  /** True for a pipe, a terminal or a device, and for a file that has grown since it was opened: more may be written. */
  readonly isOpenEnded: () => boolean;
};

/** The bytes of a log: a file, a pipe, `-` for standard input, or a compressed rotated file. */
export async function openLogStream(source: string): Promise<Result<OpenedLog, ApiError>> {
  if (source === '-') {
    const isOpenEnded = growth(() => fstatSync(process.stdin.fd));
    return ok({stream: process.stdin, file: null, isOpenEnded});
  }
  const file = path.resolve(source);
  const readFrom = (start: number): Readable => createReadStream(file, {start, highWaterMark: CHUNK_BYTES});
  try {
    const found = await stat(file);
    if (found.isDirectory()) return err(cannotOpen(file, 'it is a directory', 'Use a log file in it.'));
    const isOpenEnded = growth(() => statSync(file));
    // Of a pipe, as of a shell's <(...), nothing can be read twice.
    if (found.isFIFO()) return ok({stream: openPipe(file), file: null, isOpenEnded});
    if (!found.isFile()) {
      return ok({stream: createReadStream(file, {highWaterMark: CHUNK_BYTES}), file: null, isOpenEnded});
    }
    if (!(await isGzip(file))) {
      return ok({stream: readFrom(0), file: {sizeBytes: found.size, readFrom}, isOpenEnded});
    }
    const packed = readFrom(0);
    const unpacked = createGunzip();
    packed.on('error', (error) => unpacked.destroy(error));
    return ok({stream: packed.pipe(unpacked), file: null, isOpenEnded});
  } catch (error) {
    const reason = errorCode(error) ?? String(error);
    const why = {ENOENT: 'no such file', EACCES: 'permission denied'}[reason] ?? reason;
    return err(cannotOpen(file, why, 'Check the path and its permissions.'));
  }
}

/** Whether more may come than there is now. A file that cannot be looked at again has not grown. */
function growth(look: () => Stats): () => boolean {
  const sizeNow = (): number | null => {
    try {
      const found = look();
      return found.isFile() ? found.size : null;
    } catch {
      return 0;
    }
  };
  const opened = sizeNow();
  return () => {
    if (opened === null) return true;
    const now = sizeNow();
    return now === null || now > opened;
  };
}

/** A pipe that nobody writes to would block the thread that opens it, and with it the end of this process. */
function openPipe(file: string): Readable {
  return new Socket({fd: openSync(file, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false});
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const {buffer, bytesRead} = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

function cannotOpen(file: string, reason: string, remedy: string): ApiError {
  return {code: 'usage.log-not-readable', message: `The log ${file} cannot be read: ${reason}.`, remedy};
}
