import {createHash} from 'node:crypto';
import {closeSync, constants, fstatSync, openSync, readFileSync, rmSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import {type RunIdentity, runIdentitySchema} from '../../domain/lifecycle/run-identity.ts';
import {replaceFile} from '../../sources/host/own-files.ts';
import type {Directories} from './directories.ts';
import {findNewestIntention} from './find-intention.ts';
import {type JournalEntry, journalEntrySchema} from './journal-entry.ts';
import {realPath} from './real-path.ts';

/** In memory: writable also where the state directory is not. Everybody may create files there. */
const sharedPlaces: readonly string[] = ['/dev/shm', '/tmp'];
const OTHERS = 0o077;
/** An entry of the journal with the settings of nothing. */
const MOST_BYTES = 64 * 1024;

export type StopEntry = Extract<JournalEntry, {type: 'intention-begun'}>;

/** After what a stop was requested, so that it is believed for nothing else. */
export type StopSubject = {
  /** The newest run; null if there never was one. */
  readonly run: RunIdentity | null;
  /** The newest intention in the journal; null if it has none. */
  readonly intention: string | null;
};

/** An operator's stop that could not be written to the journal. */
export type StopMark = {readonly stop: StopEntry; readonly after: StopSubject};

const markSchema = z.object({
  schemaVersion: z.literal(1),
  stop: journalEntrySchema,
  after: z.object({run: runIdentitySchema.nullable(), intention: z.string().nullable()}),
});

/** What the newest entries are about. */
export function subjectOf(entries: readonly JournalEntry[]): StopSubject {
  const run = entries.findLast((entry) => entry.type === 'run-started')?.run ?? null;
  return {run, intention: findNewestIntention(entries)?.intention.id ?? null};
}

/**
 * Where such stops are noted: a private file, replaced in one step, in the first place that can be written. Read are only
 * files of this user that nobody else can have written.
 */
export class StopMarks {
  readonly #files: readonly string[];

  constructor({stateDir, runtimeDir}: Pick<Directories, 'stateDir' | 'runtimeDir'>, shared = sharedPlaces) {
    const id = createHash('sha256').update(realPath(stateDir)).digest('hex').slice(0, 16);
    const name = `gantry-stop-${process.geteuid?.() ?? 0}-${id}.json`;
    this.#files = [runtimeDir, ...shared].map((place) => path.join(place, name));
  }

  /** Returns the file; null where none of the places can be written. */
  write({stop, after}: StopMark): string | null {
    const text = `${JSON.stringify({schemaVersion: 1, stop, after})}\n`;
    const written = this.#files.find((file) => succeeds(() => replaceFile(file, text)));
    this.#removeAllBut(written);
    return written ?? null;
  }

  /** The newest of those about this subject; null for none. */
  find(subject: StopSubject): StopMark | null {
    const marks = this.#files.flatMap((file) => readMark(file) ?? []);
    const own = marks.filter(({after}) => isAbout(after, subject));
    return own.toSorted((a, b) => a.stop.atMs - b.stop.atMs).at(-1) ?? null;
  }

  remove(): void {
    this.#removeAllBut(undefined);
  }

  #removeAllBut(kept: string | undefined): void {
    // What cannot be removed is another user's, which is not read, or about an earlier run.
    for (const file of this.#files) if (file !== kept) succeeds(() => rmSync(file, {force: true}));
  }
}

/** A journal that was lost has no intentions: then the run decides alone. */
function isAbout(after: StopSubject, {run, intention}: StopSubject): boolean {
  if (run === null) return after.run === null && intention !== null && intention === after.intention;
  const isSameRun =
    after.run !== null &&
    run.runId === after.run.runId &&
    run.pid === after.run.pid &&
    run.startTimeTicks === after.run.startTimeTicks &&
    run.bootId === after.run.bootId;
  return isSameRun && (intention === null || intention === after.intention);
}

function readMark(file: string): StopMark | null {
  const text = readPrivate(file);
  if (text === null) return null;
  try {
    const {stop, after} = markSchema.parse(JSON.parse(text));
    return stop.type === 'intention-begun' && stop.intention.start === null ? {stop, after} : null;
  } catch {
    return null;
  }
}

/** Null for what is not there, or not only this user's. */
function readPrivate(file: string): string | null {
  try {
    // Without O_NONBLOCK a pipe would be waited for.
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const {uid, mode, nlink, size, ...stats} = fstatOf(descriptor);
      const isPrivate = stats.isFile && uid === process.geteuid?.() && (mode & OTHERS) === 0 && nlink === 1;
      return isPrivate && size <= MOST_BYTES ? readFileSync(descriptor, 'utf8') : null;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}

function fstatOf(descriptor: number) {
  const stats = fstatSync(descriptor);
  return {uid: stats.uid, mode: stats.mode, nlink: stats.nlink, size: stats.size, isFile: stats.isFile()};
}

function succeeds(task: () => void): boolean {
  try {
    task();
    return true;
  } catch {
    return false;
  }
}
