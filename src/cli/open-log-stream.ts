import {createReadStream} from 'node:fs';
import {open, stat} from 'node:fs/promises';
import path from 'node:path';
import type {Readable} from 'node:stream';
import {createGunzip} from 'node:zlib';
import type {ApiError} from '../api/commands.ts';
import {errorCode} from '../shared/error-code.ts';
import {err, ok, type Result} from '../shared/result.ts';

const CHUNK_BYTES = 256 * 1024;

/** The bytes of a log: a file, `-` for standard input, or a compressed rotated file. */
export async function openLogStream(source: string): Promise<Result<Readable, ApiError>> {
  if (source === '-') return ok(process.stdin);
  const file = path.resolve(source);
  try {
    if ((await stat(file)).isDirectory()) return err(cannotOpen(file, 'it is a directory', 'Use a log file in it.'));
    const stream = createReadStream(file, {highWaterMark: CHUNK_BYTES});
    if (!(await isGzip(file))) return ok(stream);
    const unpacked = createGunzip();
    stream.on('error', (error) => unpacked.destroy(error));
    return ok(stream.pipe(unpacked));
  } catch (error) {
    const reason = errorCode(error) ?? String(error);
    const why = {ENOENT: 'no such file', EACCES: 'permission denied'}[reason] ?? reason;
    return err(cannotOpen(file, why, 'Check the path and its permissions.'));
  }
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
