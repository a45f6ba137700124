import type {StartPhase} from '../lifecycle/phases.ts';
import type {Finding} from './finding.ts';

/** One phase of a start, as the log tells it. */
export type DiagnosedPhase = {
  readonly phase: StartPhase;
  /** Line on which it began, counting from 1. */
  readonly lineNumber: number;
  /** Until the next phase, or until the engine was ready; null where the log has no times. */
  readonly seconds: number | null;
};

/**
 * How the log ends: the engine was serving, was still starting, was told to stop, or failed. What a process returned is
 * not in its log, and says little: vLLM exits with 0 when its engine dies, SGLang kills itself after an orderly stop.
 */
export type LogEnding = 'serving' | 'starting' | 'stopped' | 'failed';

/** What a log of an engine says: of its last start, where it has several. */
export type LogDiagnosis = {
  /** Folder name of the engine. */
  readonly engine: string;
  readonly displayName: string;
  readonly version: string | null;
  /** The phase the last start came to; null where the log names none. */
  readonly phase: StartPhase | null;
  readonly isReady: boolean;
  readonly phases: readonly DiagnosedPhase[];
  /** Seconds from the first phase to ready; null where it was not, or the log has no times. */
  readonly startSeconds: number | null;
  /** Numbers the engine states, by fact name; bytes, tokens, requests or seconds per the name. */
  readonly facts: Readonly<Record<string, number>>;
  /** The cause first, then what else is worth knowing. */
  readonly findings: readonly Finding[];
  readonly exit: LogEnding;
  readonly lineCount: number;
  /** Starts that the log holds one after another; the others are not told of. */
  readonly startCount: number;
  /** The end of the log, where nothing explains it. */
  readonly lastLines: readonly {readonly number: number; readonly text: string}[];
};
