import {open} from 'node:fs/promises';
import {BYTES_PER_KIB} from '../../shared/units.ts';
import {isGone} from './proc-stat.ts';

/** Most environments fit. A whole file of unknown size would be read in parts of 64 KiB. */
const FIRST_BYTES = 8 * BYTES_PER_KIB;

/**
 * The words of /proc/<pid>/cmdline, or the `NAME=value` of /proc/<pid>/environ. None for a process that has exited, or that
 * is another user's.
 */
export async function readWords(pid: number, file: 'cmdline' | 'environ'): Promise<readonly string[]> {
  try {
    return (await readText(`/proc/${pid}/${file}`)).split('\0');
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** In another thread: the kernel waits where the process holds a lock on its own memory. */
async function readText(path: string): Promise<string> {
  const file = await open(path);
  try {
    let bytes = Buffer.allocUnsafe(FIRST_BYTES);
    for (let length = 0; ; bytes = Buffer.concat([bytes], 2 * length)) {
      const {bytesRead} = await file.read(bytes, length, bytes.length - length, null);
      length += bytesRead;
      // Only the end of these files leaves room.
      if (length < bytes.length) return bytes.toString('utf8', 0, length);
    }
  } finally {
    await file.close();
  }
}

/** The value of a variable among the words of an environment; null without it. */
export function variableIn(words: readonly string[], name: string): string | null {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}
