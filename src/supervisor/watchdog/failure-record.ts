import {createHash} from 'node:crypto';
import {closeSync, openSync, readSync, statSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import {errorCode} from '../../shared/error-code.ts';
import {MS_PER_DAY, MS_PER_MINUTE} from '../../shared/units.ts';
import type {ExternalWork, FailedWork} from '../../sources/host/external-work.ts';
import {readRecord, replaceFile} from '../../sources/host/own-files.ts';

const failureSchema = z.strictObject({
  kind: z.enum(['log', 'metrics', 'gpus']),
  subject: z.string(),
  fromBytes: z.number().nullable(),
  toBytes: z.number().nullable(),
  digest: z.string().nullable(),
  /** `interrupted`: it took too long, and the process had little of the processor meanwhile. */
  cause: z.enum(['blocked', 'interrupted', 'crashed']),
  /** How often in a row. */
  times: z.int().positive(),
  atMs: z.number(),
  blockedMs: z.number().nullable(),
  /** Of the newest supervisor that has exited: an exception that does not come back is forgotten. */
  isNew: z.boolean(),
});
const recordSchema = z.strictObject({schemaVersion: z.literal(1), failures: z.array(failureSchema)});

/** Work that ended a supervisor, and how. */
export type Failure = z.output<typeof failureSchema>;

/** Crashes and interruptions may have another cause: only the second one of the same work in a row counts. */
const TIMES_THAT_COUNT = 2;
/** Until a subject is tried again; doubled with each failure. */
const FIRST_WAIT_MS = 10 * MS_PER_MINUTE;
const MOST_DOUBLINGS = 6;
/** How long after its wait a failure still doubles the next one. */
const FORGOTTEN_AFTER_MS = MS_PER_DAY;
const KEPT_FAILURES = 50;

function recordPath(stateDir: string): string {
  return path.join(stateDir, 'failed-work.json');
}

/** The failures of earlier supervisors; none for a missing or damaged file. */
function readFailures(stateDir: string): readonly Failure[] {
  try {
    return recordSchema.safeParse(JSON.parse(readRecord(recordPath(stateDir)) ?? '')).data?.failures ?? [];
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) !== undefined) return [];
    throw error;
  }
}

/** Records that this work ends this supervisor. Synchronous: nothing else runs any more. */
export function recordFailure(
  stateDir: string,
  work: ExternalWork,
  how: Pick<Failure, 'cause' | 'atMs' | 'blockedMs'>,
): void {
  const {kind, subject, fromBytes, toBytes} = work;
  const before = readFailures(stateDir);
  const same = before.find((failure) => failure.cause === how.cause && isSame(failure, work));
  const digest = fromBytes === null || toBytes === null ? null : digestOf(subject, fromBytes, toBytes);
  const failure = {kind, subject, fromBytes, toBytes, digest, ...how, times: (same?.times ?? 0) + 1, isNew: true};
  const others = before.filter((one) => one !== same).slice(-KEPT_FAILURES);
  replaceFile(recordPath(stateDir), `${JSON.stringify({schemaVersion: 1, failures: [...others, failure]}, null, 2)}\n`);
}

/** Parts of a log count as the same where they overlap: another supervisor reads it in other parts. */
function isSame(failure: Failure, {kind, subject, fromBytes, toBytes}: ExternalWork): boolean {
  if (failure.kind !== kind || failure.subject !== subject) return false;
  if (failure.fromBytes === null || failure.toBytes === null || fromBytes === null || toBytes === null) return true;
  return failure.fromBytes < toBytes && fromBytes < failure.toBytes;
}

/**
 * What a new supervisor must not repeat. Forgets what an earlier one has done without failing again, logs that are gone, and
 * waits that were over long ago. A moment in the future is of a clock that was set back: it counts as now.
 */
export function takeFailures(stateDir: string, nowMs: number): readonly (Failure & FailedWork)[] {
  const before = readFailures(stateDir);
  if (before.length === 0) return [];
  const kept = before
    .filter((failure) => counts(failure) || failure.isNew)
    .map((failure) => ({...failure, isNew: false, atMs: Math.min(failure.atMs, nowMs)}))
    .filter((failure) => !isOver(failure, nowMs));
  replaceFile(recordPath(stateDir), `${JSON.stringify({schemaVersion: 1, failures: kept}, null, 2)}\n`);
  return kept
    .filter(counts)
    .map((failure) => ({...failure, untilMs: untilMsOf(failure)}))
    .filter(({untilMs}) => untilMs === null || untilMs > nowMs);
}

function counts({cause, times}: Failure): boolean {
  return cause === 'blocked' || times >= TIMES_THAT_COUNT;
}

function isOver(failure: Failure, nowMs: number): boolean {
  const untilMs = untilMsOf(failure);
  return untilMs === null ? isFileGone(failure.subject) : nowMs - untilMs > FORGOTTEN_AFTER_MS;
}

/** One that cannot be looked at may still be there. */
function isFileGone(file: string): boolean {
  try {
    return statSync(file, {throwIfNoEntry: false}) === undefined;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

function untilMsOf({kind, atMs, times}: Failure): number | null {
  return kind === 'log' ? null : atMs + FIRST_WAIT_MS * 2 ** (Math.min(times, MOST_DOUBLINGS) - 1);
}

/** Null where the file cannot be read, or has less. */
function digestOf(file: string, fromBytes: number, toBytes: number): string | null {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(toBytes - fromBytes);
      const count = readSync(descriptor, bytes, 0, bytes.length, fromBytes);
      return count === bytes.length ? createHash('sha256').update(bytes).digest('hex') : null;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return null;
  }
}
