import type {StartPhase} from '../lifecycle/phases.ts';
import type {Finding} from './finding.ts';

/** One phase of a start, from the log. */
export type DiagnosedPhase = {
  readonly phase: StartPhase;
  /** Line on which it started, counting from 1. */
  readonly lineNumber: number;
  /** Until the next phase, or until the engine was ready; null if the log has no times. */
  readonly seconds: number | null;
};

/**
 * How the log ends: the engine was serving, still starting, stopped on request, or failed, which one that hangs has too. The exit code is not in the
 * log and means little: vLLM exits with 0 when its engine dies, SGLang kills itself after a clean stop.
 */
export type LogEnding = 'serving' | 'starting' | 'stopped' | 'failed';

/** The content of an engine's log; of the last start, if it has several. */
export type LogDiagnosis = {
  /** Folder name of the engine; null if the text does not tell which one wrote it. */
  readonly engine: string | null;
  readonly displayName: string;
  readonly version: string | null;
  /** The phase that the last start reached; null if the log names none. */
  readonly phase: StartPhase | null;
  readonly isReady: boolean;
  readonly phases: readonly DiagnosedPhase[];
  /**
   * Seconds until it was ready. By the log: from its first time to the line that says so; of a run that Gantry recorded: from
   * the start of the process to its first token, as in status and events. Null if it was not ready or there are no times.
   */
  readonly startSeconds: number | null;
  readonly startSecondsFrom: 'log' | 'run';
  /** Numbers that the engine reports, by fact name; bytes, tokens, requests or seconds per the name. */
  readonly facts: Readonly<Record<string, number>>;
  /** The cause first, then other findings. */
  readonly findings: readonly Finding[];
  readonly exit: LogEnding;
  readonly lineCount: number;
  /** Number of starts in the log; only the last one is described. */
  readonly startCount: number;
  /** The end of the log, if no known failure explains it. */
  readonly lastLines: readonly {readonly number: number; readonly text: string}[];
};
