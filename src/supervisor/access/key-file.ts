import {randomBytes} from 'node:crypto';
import {constants} from 'node:fs';
import {open, rename, rm} from 'node:fs/promises';
import {errorCode} from '../../shared/error-code.ts';
import {PRIVATE_MODE} from '../../sources/host/own-files.ts';

const LARGEST_KEY_BYTES = 4_096;
const OTHERS = 0o077;

/** The key in a file of ours, or why the file is not used; null without it. */
export async function readKeyFile(file: string): Promise<{readonly key: string} | {readonly problem: string} | null> {
  try {
    // Without O_NONBLOCK a pipe would be waited for.
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) return {problem: 'it is not a regular file'};
      if (stats.uid !== process.getuid?.()) return {problem: `it belongs to user id ${stats.uid}`};
      if ((stats.mode & OTHERS) !== 0) return {problem: 'other users can read it; chmod 600 is needed'};
      if (stats.size > LARGEST_KEY_BYTES) return {problem: 'it is too large for a key'};
      return {key: (await handle.readFile('utf8')).replace(/\r?\n$/, '')};
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return null;
    return {problem: code === 'ELOOP' ? 'it is a symbolic link' : `it cannot be read (${code ?? String(error)})`};
  }
}

/** Replaces the file, never what a link at its place points to. Rejects as the calls of the file system do. */
export async function writeKeyFile(file: string, key: string): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', PRIVATE_MODE);
    try {
      await handle.writeFile(`${key}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, {force: true});
    throw error;
  }
}
