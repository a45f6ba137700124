import {randomBytes} from 'node:crypto';
import path from 'node:path';
import {apiKeyProblem} from '../../domain/settings/key-strength.ts';
import type {Engine} from '../../engines/engine.ts';
import type {Directories} from '../state-dir/directories.ts';
import {readKeyFile, writeKeyFile} from './key-file.ts';

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

/** Writes a new key for the next start, readable only by this user, completely or not at all. Returns the key. */
export async function writeNewApiKey(directories: Pick<Directories, 'stateDir'>): Promise<string> {
  const key = `sk-gantry-${randomBytes(KEY_BYTES).toString('base64url')}`;
  await writeKeyFile(apiKeyPath(directories), key);
  return key;
}
