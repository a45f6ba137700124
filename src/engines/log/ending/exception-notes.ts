import type {NumberedLine} from '../log-interpreter.ts';
import {isEngineProcessLine, isExceptionLine} from './exception-line.ts';

/** While an engine starts, the first exception is the cause: ranks that fail later report it in other words. */
const STARTING_MS = 120_000;
/** An engine that serves also logs the exceptions of clients' requests: only those of the same moment can be its end. */
const SERVING_MS = 5_000;

/** An exception, and whether a process of the engine raised it: otherwise it may be that of a client's request. */
export type NotedException = {readonly line: NumberedLine; readonly isOfEngine: boolean};

/** Remembers the exceptions of an engine that may turn out to be the reason of a failure. */
export type ExceptionNotes = {
  readonly note: (line: NumberedLine, atMs: number) => void;
  /** The exception that led to this line, which reports a failure; null without one. */
  readonly before: (line: NumberedLine, atMs: number) => NotedException | null;
};

/** Notes for an engine in this state. Every exception of a start is the engine's own: no client has a request yet. */
export function createExceptionNotes(state: 'starting' | 'serving'): ExceptionNotes {
  const lastsMs = state === 'starting' ? STARTING_MS : SERVING_MS;
  let first: (NotedException & {readonly atMs: number}) | null = null;
  /** The line before said that a traceback of the engine follows. */
  let isOwnTraceback = false;
  return {
    note(line, atMs) {
      if (!isExceptionLine(line.text)) return;
      const isOfEngine = state === 'starting' || isOwnTraceback || isEngineProcessLine(line.text);
      isOwnTraceback = false;
      const isOver = first === null || atMs - first.atMs > lastsMs;
      if (isOver || (isOfEngine && first?.isOfEngine === false)) first = {line, atMs, isOfEngine};
    },
    before(line, atMs) {
      isOwnTraceback = line.text.includes('Traceback (most recent call last)');
      return first !== null && atMs - first.atMs <= lastsMs ? first : null;
    },
  };
}
