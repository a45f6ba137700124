import {type FileHandle, open, stat} from 'node:fs/promises';
import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {brokenFile, unreadable} from './file-problem.ts';

/** Far above any real configuration of a model. */
const LARGEST_CONFIG_BYTES = 8 * 1024 * 1024;

/** An open file with the size it had when it was opened. */
export type OpenFile = {readonly handle: FileHandle; readonly path: string; readonly sizeBytes: number};

/** Opens a regular file while a callback uses it; file system errors become a problem. */
export async function withFile<T>(
  path: string,
  work: (file: OpenFile) => Promise<Result<T, ModelProblem>>,
): Promise<Result<T, ModelProblem>> {
  let handle: FileHandle | undefined;
  try {
    // Opening a named pipe would block forever.
    const stats = await stat(path);
    if (!stats.isFile()) return err(brokenFile(path, 'not a regular file'));
    handle = await open(path, 'r');
    return await work({handle, path, sizeBytes: stats.size});
  } catch (error) {
    return err(unreadable(path, error));
  } finally {
    await handle?.close();
  }
}

/** Bytes from a position on, fewer if the file ends earlier. */
export async function readPart({handle}: OpenFile, position: number, length: number): Promise<Buffer> {
  // Only what was read is returned.
  const buffer = Buffer.allocUnsafeSlow(length);
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
      const [size, most] = [file.sizeBytes, mostBytes].map(countText);
      return err(brokenFile(path, `it has ${size} bytes, expected at most ${most}`));
    }
    return ok(await readPart(file, 0, file.sizeBytes));
  });
}

/** The text of a model's configuration, such as `config.json`. */
export async function readConfigText(path: string): Promise<Result<string, ModelProblem>> {
  const bytes = await readWhole(path, LARGEST_CONFIG_BYTES);
  return bytes.ok ? ok(bytes.value.toString('utf8')) : bytes;
}
