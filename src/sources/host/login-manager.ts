import {access, readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import type {LoginManager} from '../../domain/diagnosis/logout-survival.ts';
import {errorCode} from '../../shared/error-code.ts';

/** Locations of logind's configuration, in increasing priority (logind.conf(5)). */
const configurationFiles = [
  'usr/lib/systemd/logind.conf',
  'run/systemd/logind.conf',
  'etc/systemd/logind.conf',
] as const;
const configurationDirectories = [
  'usr/lib/systemd/logind.conf.d',
  'run/systemd/logind.conf.d',
  'etc/systemd/logind.conf.d',
] as const;

/** Reads what the login manager does with this user's processes at logout. `root` is `/` except in tests. */
export async function readLoginManager(user: string, root = '/'): Promise<LoginManager> {
  const [hasSystemd, isLingering, killsUserProcesses] = await Promise.all([
    exists(path.join(root, 'run/systemd/system')),
    exists(path.join(root, 'var/lib/systemd/linger', user)),
    readKillUserProcesses(root),
  ]);
  return {hasSystemd, user, isLingering, killsUserProcesses};
}

/** A drop-in replaces one of the same name in a lower-priority directory; all are read after the main file, by name. */
async function readKillUserProcesses(root: string): Promise<boolean> {
  let value = false;
  for (const file of configurationFiles)
    value = parseKillUserProcesses(await readOrEmpty(path.join(root, file))) ?? value;
  const dropIns = new Map<string, string>();
  for (const directory of configurationDirectories) {
    for (const name of await listOrEmpty(path.join(root, directory))) {
      if (name.endsWith('.conf')) dropIns.set(name, path.join(root, directory, name));
    }
  }
  for (const [, file] of [...dropIns].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    value = parseKillUserProcesses(await readOrEmpty(file)) ?? value;
  }
  return value;
}

/** The last value of `KillUserProcesses` in a logind.conf; null if not set. */
export function parseKillUserProcesses(text: string): boolean | null {
  let value: boolean | null = null;
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals < 0 || line.slice(0, equals).trim() !== 'KillUserProcesses') continue;
    const word = line.slice(equals + 1).trim();
    if (!/\s/u.test(word)) value = /^(?:1|yes|true|on|y|t)$/iu.test(word);
  }
  return value;
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (isUnreadable(error)) return false;
    throw error;
  }
}

async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isUnreadable(error)) return '';
    throw error;
  }
}

async function listOrEmpty(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isUnreadable(error)) return [];
    throw error;
  }
}

function isUnreadable(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(error) ?? '');
}
