import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';

const folder = resolve(process.env['GANTRY_RECORDINGS'] ?? '../shared/captures', 'nvidia-smi');

/** Recordings of the real tool; they belong to others and are not in the repository. */
export const hasRecordings = existsSync(folder);

if (!hasRecordings) {
  console.warn(`NO RECORDINGS of nvidia-smi at ${folder}: set GANTRY_RECORDINGS. The tests over them are SKIPPED.`);
}

export function recordings(): readonly string[] {
  return hasRecordings ? readdirSync(folder).filter((name) => !name.endsWith('.md')) : [];
}

export function recordingPath(name: string): string {
  return join(folder, name);
}

export function readRecording(name: string): string {
  return readFileSync(recordingPath(name), 'utf8');
}
