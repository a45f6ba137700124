import {mkdir, readdir, rename, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {errorCode} from '../../shared/error-code.ts';
import {stampText} from '../../shared/quantities/moments.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';

/** How many incidents are kept, and the maximum file size: six minutes of snapshots of 64 GPUs. */
export const KEPT_INCIDENTS = 20;
export const MAX_INCIDENT_FILE_BYTES = 8 * BYTES_PER_MIB;

const TEMPORARY_PREFIX = '.writing-';

/** The directory of incidents. */
export function incidentsDirectory(stateDir: string): string {
  return path.join(stateDir, 'incidents');
}

/** `20261124T021415Z-vllm.cuda-error`: sorts by time and has the cause. */
export function incidentName(atMs: number, code: string): string {
  const time = stampText(atMs);
  return `${time}-${code.replaceAll(/[^\w.-]/g, '_').slice(0, 60)}`;
}

/** Names of the incidents, oldest first. */
export async function listIncidents(stateDir: string): Promise<readonly string[]> {
  return (await namesIn(incidentsDirectory(stateDir))).filter((name) => !name.startsWith('.'));
}

/**
 * Writes an incident completely or not at all, and deletes the oldest. The error is a text; a partial directory of a
 * killed supervisor is removed by the next incident.
 */
export async function writeIncident(
  stateDir: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<Result<string, string>> {
  const directory = incidentsDirectory(stateDir);
  const temporary = path.join(directory, TEMPORARY_PREFIX + name);
  try {
    await mkdir(directory, {recursive: true, mode: 0o700});
    for (const left of await namesIn(directory)) {
      if (left.startsWith(TEMPORARY_PREFIX)) await rm(path.join(directory, left), {recursive: true, force: true});
    }
    await mkdir(temporary, {mode: 0o700});
    for (const [file, text] of Object.entries(files)) {
      await writeFile(path.join(temporary, file), bounded(text), {mode: 0o600, flush: true});
    }
    const final = path.join(directory, await freeName(directory, name));
    await rename(temporary, final);
    await prune(directory);
    return ok(final);
  } catch (error) {
    await rm(temporary, {recursive: true, force: true}).catch(() => undefined);
    return err(error instanceof Error ? error.message : String(error));
  }
}

/** The end of a long text: the newest part matters. */
function bounded(text: string): string | Buffer {
  const bytes = Buffer.from(text);
  return bytes.length <= MAX_INCIDENT_FILE_BYTES ? text : bytes.subarray(-MAX_INCIDENT_FILE_BYTES);
}

/** Two failures in the same second get different names. */
async function freeName(directory: string, name: string): Promise<string> {
  const taken = new Set(await namesIn(directory));
  for (let count = 2; ; count += 1) {
    const candidate = count === 2 ? name : `${name}-${count - 1}`;
    if (!taken.has(candidate)) return candidate;
  }
}

async function prune(directory: string): Promise<void> {
  const incidents = (await namesIn(directory)).filter((name) => !name.startsWith('.'));
  for (const name of incidents.slice(0, Math.max(0, incidents.length - KEPT_INCIDENTS))) {
    await rm(path.join(directory, name), {recursive: true, force: true});
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
