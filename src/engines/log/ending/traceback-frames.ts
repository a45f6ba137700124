import type {StartPhase} from '../../../domain/lifecycle/phases.ts';
import {mayBeError} from './error-line.ts';
import {splitPrefix} from './log-prefix.ts';

/** Processes whose tracebacks are kept apart; further ones are read as one. */
const MAX_PROCESSES = 64;
/** Functions kept of a traceback, from its outermost on: those of an engine come before those of a model's layers. */
const MAX_FUNCTIONS = 60;

const start = 'Traceback (most recent call last)';
const frame = /^[ |+]*File "[^"]{1,1000}", line \d{1,9}, in (\w{1,200})/;
/** Ray's error has the frames of the remote process in it, without a line that announces them. */
const remote = /\bRayTaskError\b|\bray::\w/;

/** Keeps which functions each process was in when it raised an exception: they tell what it was doing. */
export class TracebackFrames {
  readonly #functions = new Map<string, string[]>();
  /** The process that began the last traceback: lines without a prefix continue it. */
  #speaker = '';

  #phase: StartPhase | null = null;

  /**
   * Takes a line of a log that is in this phase. Returns the functions of the traceback that this line ends, the outermost
   * first; empty for a line without one. What was raised in an earlier phase did not end the start: it is forgotten.
   */
  take(text: string, phase: StartPhase | null): readonly string[] {
    if (phase !== this.#phase) this.#functions.clear();
    this.#phase = phase;
    this.#note(text);
    if (this.#functions.size === 0 || !mayBeError(text)) return [];
    return this.#functions.get(this.#processOf(text, false)) ?? [];
  }

  #note(text: string): void {
    const isStart = text.includes(start);
    if (!isStart && !text.includes('File "') && !remote.test(text)) return;
    const process = this.#processOf(text, isStart);
    if (isStart || remote.test(text)) {
      this.#functions.set(process, []);
      return;
    }
    const name = frame.exec(splitPrefix(text).rest)?.[1];
    if (name === undefined) return;
    const functions = this.#functions.get(process) ?? [];
    if (functions.length < MAX_FUNCTIONS) functions.push(name);
    this.#functions.set(process, functions);
  }

  /** A logger writes its prefix in front of the first line of a traceback only. */
  #processOf(text: string, isStart: boolean): string {
    const {process, level} = splitPrefix(text);
    const name = process === '' && level === null && !isStart ? this.#speaker : process;
    const key = this.#functions.has(name) || this.#functions.size < MAX_PROCESSES ? name : '';
    if (isStart) this.#speaker = key;
    return key;
  }
}
