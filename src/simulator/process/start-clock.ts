import {readFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {errorCode} from '../../shared/error-code.ts';

const LONGEST_WAIT_MS = 100;
const PAUSE_POLL_MS = 20;

/** File in which a test sets the time at which starts pause, in milliseconds of a start at speed 1. */
export function pauseFile(nodeDirectory: string): string {
  return path.join(nodeDirectory, 'pause-at');
}

/**
 * The time of one start, divided by the node's speed. It pauses at the time in `pauseFile` until that
 * file is removed, so that a test can act within a phase.
 */
export class StartClock {
  readonly #directory: string;
  readonly #speed: number;
  #beganMs = performance.now();

  constructor(node: {readonly directory: string; readonly speed: number}) {
    this.#directory = node.directory;
    this.#speed = node.speed;
  }

  /** Resolves at this time (ms at speed 1), or when waiting is pointless. */
  async reach(atMs: number, isOver: () => boolean): Promise<void> {
    const pausedFromMs = performance.now();
    while (!isOver() && this.#isPausedBefore(atMs)) await delay(PAUSE_POLL_MS);
    this.#beganMs += performance.now() - pausedFromMs;
    const dueMs = this.#beganMs + atMs / this.#speed;
    for (let waitMs = dueMs - performance.now(); waitMs > 0 && !isOver(); waitMs = dueMs - performance.now()) {
      await delay(Math.min(waitMs, LONGEST_WAIT_MS));
    }
  }

  #isPausedBefore(atMs: number): boolean {
    try {
      return atMs > Number(readFileSync(pauseFile(this.#directory), 'utf8'));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }
}
