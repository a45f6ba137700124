import {mkdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {errorCode} from '../../../shared/error-code.ts';

/**
 * Creates a directory and those above it, accessible only by this user; false where it exists. Rejects as `mkdir` does. Node's own
 * `recursive` never ends where a file system has the parent and answers ENOENT, as /proc does.
 */
export async function makeDirectory(directory: string): Promise<boolean> {
  try {
    return await makeOne(directory);
  } catch (error) {
    const parent = path.dirname(directory);
    if (errorCode(error) !== 'ENOENT' || parent === directory) throw error;
    await makeDirectory(parent);
    return await makeOne(directory);
  }
}

async function makeOne(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, {mode: 0o700});
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST' && (await stat(directory)).isDirectory()) return false;
    throw error;
  }
}
