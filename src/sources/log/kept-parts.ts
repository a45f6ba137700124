import {statSync} from 'node:fs';
import {stat} from 'node:fs/promises';
import {z} from 'zod';
import {errorCode} from '../../shared/error-code.ts';
import {readRecord, replaceFile} from '../host/own-files.ts';

/** A file with a part of a run's log. Its bytes have their places in the whole log, from the run's first byte on. */
export type LogPart = {
  readonly path: string;
  /** Tells whether the path is still this file. */
  readonly inode: number;
  readonly fromBytes: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** True for the file that the engine writes to. */
  readonly isLive: boolean;
};

const placesSchema = z.array(z.strictObject({inode: z.int(), fromBytes: z.int().nonnegative()}));
type Places = z.infer<typeof placesSchema>;

/** More parts are not looked for. */
const MOST_PARTS = 1_000;

/** File for the beginning of a rotated log. */
export function startLogPath(logPath: string): string {
  return `${logPath}.start`;
}

/** Where each part of a rotated log begins in the whole log. */
function placesPath(logPath: string): string {
  return `${logPath}.places`;
}

/** How many bytes of the run's log came before those in the file that the engine writes to; 0 where that is unknown. */
export function originBytes(logPath: string): number {
  const inode = statSync(logPath, {throwIfNoEntry: false})?.ino;
  return readPlaces(logPath).find((place) => place.inode === inode)?.fromBytes ?? 0;
}

/**
 * Notes that the content of the log from `fromBytes` on is now in another file, just before the log is emptied. Where that cannot be
 * written, places are counted from what is kept.
 */
export function noteRotation(logPath: string, partPath: string, fromBytes: number): void {
  const origin = originBytes(logPath);
  const log = statSync(logPath);
  const part = statSync(partPath);
  const moved = [
    {inode: log.ino, fromBytes: origin + log.size},
    {inode: part.ino, fromBytes: origin + fromBytes},
  ];
  const inodes = moved.map(({inode}) => inode);
  const earlier = readPlaces(logPath).filter(({inode}) => !inodes.includes(inode));
  try {
    replaceFile(placesPath(logPath), JSON.stringify([...moved, ...earlier].slice(0, MOST_PARTS)));
  } catch (error) {
    if (errorCode(error) === null) throw error;
  }
}

function readPlaces(logPath: string): Places {
  try {
    return placesSchema.parse(JSON.parse(readRecord(placesPath(logPath)) ?? '[]'));
  } catch {
    return [];
  }
}

/** The files of a run's log that exist, the oldest part first. */
export async function keptParts(logPath: string): Promise<readonly LogPart[]> {
  const places = readPlaces(logPath);
  const newestFirst: Omit<LogPart, 'fromBytes'>[] = [];
  const live = await look(logPath);
  if (live !== null) newestFirst.push({...live, isLive: true});
  for (let index = 1; index <= MOST_PARTS; index += 1) {
    const part = await look(`${logPath}.${index}`);
    if (part === null) break;
    newestFirst.push({...part, isLive: false});
  }
  const parts: LogPart[] = [];
  const totalBytes = newestFirst.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0);
  let endBytes = totalBytes;
  for (const part of newestFirst) {
    const noted = places.find(({inode}) => inode === part.inode)?.fromBytes;
    const fromBytes = noted ?? Math.max(0, endBytes - part.sizeBytes);
    parts.unshift({...part, fromBytes});
    endBytes = fromBytes;
  }
  const start = endBytes === 0 ? null : await look(startLogPath(logPath));
  if (start !== null) {
    parts.unshift({...start, fromBytes: 0, sizeBytes: Math.min(start.sizeBytes, endBytes), isLive: false});
  }
  return parts;
}

async function look(path: string): Promise<Pick<LogPart, 'path' | 'inode' | 'sizeBytes' | 'modifiedMs'> | null> {
  try {
    const {ino, size, mtimeMs} = await stat(path);
    return {path, inode: ino, sizeBytes: size, modifiedMs: mtimeMs};
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
