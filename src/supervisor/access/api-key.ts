import {randomBytes} from 'node:crypto';
import {constants} from 'node:fs';
import {open, rename, rm} from 'node:fs/promises';
import path from 'node:path';
import {apiKeyProblem} from '../../domain/settings/key-strength.ts';
import type {Engine} from '../../engines/engine.ts';
import {errorCode} from '../../shared/error-code.ts';
import {PRIVATE_MODE} from '../../sources/host/own-files.ts';
import type {Directories} from '../state-dir/directories.ts';

const LARGEST_KEY_BYTES = 4_096;
const OTHERS = 0o077;
/** As many bits as the hash of a password has. */
const KEY_BYTES = 32;

/** The key of the next start: where it comes from, or why the one that is there is not used. */
export type ApiKey =
  | {readonly kind: 'none'}
  | {readonly kind: 'key'; readonly value: string; readonly source: string; readonly isWeak: boolean}
  | {readonly kind: 'unusable'; readonly source: string; readonly reason: string};

/** Where the key of this user's engines is; `gantry config rotate-key` writes it. */
export function apiKeyPath({stateDir}: Pick<Directories, 'stateDir'>): string {
  return path.join(stateDir, 'api-key');
}

/**
 * The key with which an engine is started: from its variable in the environment, otherwise from the file. An empty
 * variable counts as unset. A file that other users could read or have made is not used.
 */
export async function readApiKey(
  {apiKeyVariable}: Pick<Engine, 'apiKeyVariable'>,
  variables: Readonly<Record<string, string | undefined>>,
  directories: Pick<Directories, 'stateDir'>,
): Promise<ApiKey> {
  const given = variables[apiKeyVariable] ?? '';
  if (given !== '') return judged(given, apiKeyVariable);
  const file = apiKeyPath(directories);
  const read = await readKeyFile(file);
  if (read === null) return {kind: 'none'};
  return 'problem' in read ? {kind: 'unusable', source: file, reason: read.problem} : judged(read.key, file);
}

function judged(value: string, source: string): ApiKey {
  const problem = apiKeyProblem(value);
  if (problem === 'malformed') {
    const reason = 'it is empty, or has spaces, commas or characters that a header cannot carry';
    return {kind: 'unusable', source, reason};
  }
  return {kind: 'key', value, source, isWeak: problem === 'weak'};
}

/** The key in a file of ours; null without the file. */
async function readKeyFile(file: string): Promise<{readonly key: string} | {readonly problem: string} | null> {
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

/** Writes a new key for the next start, readable only by this user, completely or not at all. Returns the key. */
export async function writeNewApiKey(directories: Pick<Directories, 'stateDir'>): Promise<string> {
  const key = `sk-gantry-${randomBytes(KEY_BYTES).toString('base64url')}`;
  await writeKeyFile(apiKeyPath(directories), key);
  return key;
}

/** Replaces the file, never what a link at its place points to. */
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
