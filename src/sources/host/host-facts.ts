import {readFile, statfs} from 'node:fs/promises';
import path from 'node:path';
import type {DiskSpace, HostFacts, ProcessLimits} from '../../domain/preflight/host-checks.ts';
import {absent, type Reading} from '../../samples/reading.ts';
import {errorCode} from '../../shared/error-code.ts';

/** Directories whose free space is checked. */
export type HostPlaces = {readonly state: string; readonly model: string; readonly cache: string};

/** Reads the facts about this host that a start needs. Unreadable values are absent with a reason; never throws. */
export async function readHostFacts(
  places: HostPlaces,
  files: {readonly sharedMemory?: string; readonly limits?: string} = {},
): Promise<HostFacts> {
  const [sharedMemoryBytes, limits, stateDisk, modelDisk, cacheDisk] = await Promise.all([
    readSize(files.sharedMemory ?? '/dev/shm'),
    readLimits(files.limits ?? '/proc/self/limits'),
    readDisk(places.state),
    readDisk(places.model),
    readDisk(places.cache),
  ]);
  return {sharedMemoryBytes, limits, stateDisk, modelDisk, cacheDisk};
}

async function readSize(directory: string): Promise<Reading<number>> {
  try {
    const {blocks, bsize} = await statfs(directory);
    return blocks * bsize;
  } catch (error) {
    return absent(`${directory} cannot be read (${reasonOf(error)})`);
  }
}

/** Free space for a directory that may not exist yet: that of its nearest existing parent. */
async function readDisk(directory: string): Promise<DiskSpace> {
  for (let place = path.resolve(directory); ; place = path.dirname(place)) {
    try {
      const {bavail, bsize} = await statfs(place);
      return {path: directory, freeBytes: bavail * bsize};
    } catch (error) {
      const isMissing = errorCode(error) === 'ENOENT';
      if (!isMissing || place === path.dirname(place)) {
        return {path: directory, freeBytes: absent(`the disk of ${directory} cannot be read (${reasonOf(error)})`)};
      }
    }
  }
}

async function readLimits(file: string): Promise<Reading<ProcessLimits>> {
  try {
    return parseLimits(await readFile(file, 'utf8'));
  } catch (error) {
    return absent(`${file} cannot be read (${reasonOf(error)})`);
  }
}

/** The hard limits in the text of /proc/<pid>/limits. */
export function parseLimits(text: string): Reading<ProcessLimits> {
  const openFiles = hardLimit(text, 'Max open files');
  const processes = hardLimit(text, 'Max processes');
  if (openFiles === null || processes === null) return absent('/proc/self/limits has no limits for files or processes');
  return {openFiles, processes};
}

function hardLimit(text: string, name: string): number | null {
  const line = text.split('\n').find((candidate) => candidate.startsWith(name));
  const hard = line?.slice(name.length).trim().split(/\s+/u)[1];
  if (hard === undefined) return null;
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
