import {type FileHandle, open, stat} from 'node:fs/promises';
import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {brokenFile, unreadable} from './file-problem.ts';

/** An open file with the size it had when it was opened. */
export type OpenFile = {readonly handle: FileHandle; readonly path: string; readonly sizeBytes: number};

/** Opens a regular file for as long as the work on it takes; what the file system refuses becomes a problem. */
export async function withFile<T>(
  path: string,
  work: (file: OpenFile) => Promise<Result<T, ModelProblem>>,
): Promise<Result<T, ModelProblem>> {
  let handle: FileHandle | undefined;
  try {
    // A named pipe would block the opening for ever.
    const stats = await stat(path);
    if (!stats.isFile()) return err(brokenFile(path, 'it is no regular file'));
    handle = await open(path, 'r');
    return await work({handle, path, sizeBytes: stats.size});
  } catch (error) {
    return err(unreadable(path, error));
  } finally {
    await handle?.close();
  }
}

/** Bytes from a position on, fewer where the file ends before. */
export async function readPart({handle}: OpenFile, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const {bytesRead} = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** A whole small file as bytes. */
export function readWhole(path: string, mostBytes: number): Promise<Result<Buffer, ModelProblem>> {
  return withFile(path, async (file) => {
    if (file.sizeBytes > mostBytes) {
      const [size, most] = [file.sizeBytes, mostBytes].map((bytes) => bytes.toLocaleString('en-US'));
      return err(brokenFile(path, `it has ${size} bytes, expected at most ${most}`));
    }
    return ok(await readPart(file, 0, file.sizeBytes));
  });
}
