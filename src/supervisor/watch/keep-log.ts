import {createReadStream} from 'node:fs';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LogLine} from '../../samples/log-line.ts';
import {mibText} from '../../shared/quantities/bytes.ts';
import {doing, failedWork} from '../../sources/host/external-work.ts';
import {followLog, type LogFollowing} from '../../sources/log/follow-log.ts';
import {originBytes, startLogPath} from '../../sources/log/kept-parts.ts';
import {createLogAssembler} from '../../sources/log/log-assembler.ts';
import {isBeyondLimit, type LogLimits, rotateLog} from '../process/rotate-log.ts';
import type {Observe} from '../snapshot/observation.ts';
import {every} from './every.ts';

const ROTATION_INTERVAL_MS = 2_000;

/** Where the lines of a log go, and what is observed of the log itself. */
export type LogSinks = {readonly take: (lines: readonly LogLine[]) => void; readonly observe: Observe};

/**
 * Reads a run's log from its beginning and rotates it, until the signal is aborted. For a log that was already rotated,
 * the saved beginning is read first: it has the engine's start.
 */
export function keepLog(
  {path, limits, signal}: {readonly path: string; readonly limits: () => LogLimits; readonly signal: AbortSignal},
  {take, observe}: LogSinks,
): LogFollowing {
  let skippedBytes = 0;
  const following = readStart(path, signal, {take, observe}).then((lineCount) =>
    followLog({
      path,
      fromOffsetBytes: 0,
      firstLineNumber: lineCount + 1,
      originBytes: () => originBytes(path),
      signal,
      onLines: take,
      onFinding: (finding) => observe({type: 'log-trouble', finding}),
      onSkipped: (bytes) => {
        skippedBytes += bytes;
        observe({type: 'log-notice', finding: floodFinding(skippedBytes)});
      },
    }),
  );
  const stop = every(ROTATION_INTERVAL_MS, async () => {
    if (!isBeyondLimit(path, limits())) return;
    // Rotated content has already been read.
    await (await following).catchUp();
    const finding = signal.aborted ? null : await rotateLog(path, limits());
    if (finding !== null) observe({type: 'log-notice', finding});
  });
  signal.addEventListener('abort', stop);
  return {catchUp: async () => (await following).catchUp()};
}

/** Emits the lines of a saved beginning; returns their number. */
async function readStart(path: string, signal: AbortSignal, {take, observe}: LogSinks): Promise<number> {
  const assembler = createLogAssembler();
  let lineCount = 0;
  const give = (lines: readonly LogLine[]): void => {
    if (lines.length === 0 || signal.aborted) return;
    lineCount = lines.at(-1)?.number ?? lineCount;
    take(lines);
  };
  const work = {kind: 'log', subject: startLogPath(path), fromBytes: null, toBytes: null} as const;
  // What ended an earlier supervisor is left out as a whole: it is short.
  if (failedWork(work.kind, work.subject).length > 0) return 0;
  try {
    for await (const chunk of createReadStream(startLogPath(path), {signal})) {
      if (chunk instanceof Uint8Array) doing(work, () => give(assembler.push(chunk)));
    }
    give(assembler.flush());
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isNone = 'code' in error && error.code === 'ENOENT';
    if (!isNone && !signal.aborted) {
      observe({type: 'log-notice', finding: startUnreadFinding(startLogPath(path), error), isLasting: true});
    }
  }
  return lineCount;
}

function startUnreadFinding(path: string, error: Error): Finding {
  return {
    code: 'source.log.start-unread',
    severity: 'warning',
    message: `The beginning of the engine's log, ${path}, cannot be read.`,
    evidence: error.message,
    remedy:
      'Give this user read access to the file. Until then, the values that the engine logged at its start are unknown.',
    settingsChange: null,
  };
}

function floodFinding(skippedBytes: number): Finding {
  return {
    code: 'source.log.flood',
    severity: 'warning',
    message: `The engine writes its log faster than it can be read: ${mibText(skippedBytes)} were skipped.`,
    evidence: null,
    remedy: 'Lower the log level of the engine, or check the log for repeated lines.',
    settingsChange: null,
  };
}
