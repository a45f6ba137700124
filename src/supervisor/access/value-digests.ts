import {createHash, createHmac, randomBytes} from 'node:crypto';
import {lstatSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {BYTES_PER_MIB} from '../../shared/units.ts';
import {replaceFile} from '../../sources/host/own-files.ts';
import type {Directories} from '../state-dir/directories.ts';
import {listRuns, runDirectory} from '../state-dir/run-directories.ts';
import {runJournalPath} from '../state-dir/run-journal.ts';
import {readKeyFile, writeKeyFile} from './key-file.ts';

const KEY_BYTES = 32;
const WHOLE_KEY = /^[0-9a-f]{64}$/;
/** Of a digest, and of the id of its key, in hexadecimal digits: two of them are never the same by chance. */
const DIGEST_LENGTH = 24;
const ID_LENGTH = 8;

/**
 * Digests of values that may be secret, for records that say only whether two values are the same. Without the key, which is
 * in a file of its own, nobody who has a record can test guesses of a value.
 */
export type ValueDigests = {
  /** Of a value under a name: two names with the same value have different digests. Begins with the id of the key. */
  readonly of: (name: string, value: string) => string;
  /** False for a digest under another key, or of an older version: it says nothing about any value of now. */
  readonly isComparable: (digest: string) => boolean;
};

/** Digests under a key; without one (null), those of a key that nobody has. */
export function createValueDigests(key: string | null = null): ValueDigests {
  const used = key ?? randomBytes(KEY_BYTES).toString('hex');
  const prefix = `${createHash('sha256').update(used).digest('hex').slice(0, ID_LENGTH)}.`;
  return {
    of: (name, value) =>
      prefix + createHmac('sha256', used).update(`${name}\0${value}`).digest('hex').slice(0, DIGEST_LENGTH),
    isComparable: (digest) => digest.startsWith(prefix),
  };
}

/** Where the key of the digests is. */
export function digestKeyPath({stateDir}: Pick<Directories, 'stateDir'>): string {
  return path.join(stateDir, 'digest-key');
}

/** Digests under the key of a state directory; nothing is written. */
export async function readValueDigests(directories: Pick<Directories, 'stateDir'>): Promise<ValueDigests> {
  return createValueDigests(await readKey(directories));
}

/**
 * The same for the supervisor, which makes the key where there is none that only this user can read. What older versions
 * have recorded is removed then. Where nothing can be written, the digests are of this supervisor only.
 */
export async function openValueDigests(directories: Pick<Directories, 'stateDir'>): Promise<ValueDigests> {
  const kept = await readKey(directories);
  if (kept !== null) return createValueDigests(kept);
  const key = randomBytes(KEY_BYTES).toString('hex');
  try {
    await removeOpenDigests(directories.stateDir);
    await writeKeyFile(digestKeyPath(directories), key);
  } catch (error) {
    process.stderr.write(`gantry: no key for digests: ${error instanceof Error ? error.message : String(error)}\n`);
  }
  return createValueDigests(key);
}

async function readKey(directories: Pick<Directories, 'stateDir'>): Promise<string | null> {
  const read = await readKeyFile(digestKeyPath(directories));
  return read !== null && 'key' in read && WHOLE_KEY.test(read.key) ? read.key : null;
}

/** Longer files are damaged ones: they are left as they are. */
const LONGEST_JOURNAL_BYTES = 64 * BYTES_PER_MIB;

/**
 * The text of a journal without what older versions wrote: a salt next to the digests of an environment, and digests of a
 * value alone. Both let a reader test guesses of a value. Damaged lines are treated like any other.
 */
export function withoutOpenDigests(journal: string): string {
  return journal.replaceAll(/"salt":"[0-9a-f]{1,64}(?:",?|$)/gm, '').replaceAll(/"digest":"[0-9a-f]{64}",?/g, '');
}

async function removeOpenDigests(stateDir: string): Promise<void> {
  const parts = readdirSync(stateDir).filter((name) => name.startsWith('journal.jsonl'));
  const ofRuns = (await listRuns(stateDir)).map((id) => runJournalPath(runDirectory(stateDir, id)));
  for (const file of [...parts.map((name) => path.join(stateDir, name)), ...ofRuns]) {
    const found = lstatSync(file, {throwIfNoEntry: false});
    if (found?.isFile() !== true || found.size > LONGEST_JOURNAL_BYTES) continue;
    // One character a byte: what is no text stays as it is.
    const text = readFileSync(file, 'latin1');
    const cleaned = withoutOpenDigests(text);
    if (cleaned !== text) replaceFile(file, Buffer.from(cleaned, 'latin1'));
  }
}
