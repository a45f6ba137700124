import {readFile} from 'node:fs/promises';
import {isGone} from './proc-stat.ts';

/**
 * The words of /proc/<pid>/cmdline, or the `NAME=value` of /proc/<pid>/environ. None for a process that has exited, or that
 * is another user's.
 */
export async function readWords(pid: number, file: 'cmdline' | 'environ'): Promise<readonly string[]> {
  try {
    return (await readFile(`/proc/${pid}/${file}`, 'utf8')).split('\0');
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** The value of a variable among the words of an environment; null without it. */
export function variableIn(words: readonly string[], name: string): string | null {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}
