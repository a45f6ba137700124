import {setTimeout as delay} from 'node:timers/promises';
import {inspect} from 'node:util';
import {WAIT_LIMIT_MS} from './time-limits.ts';

const INTERVAL_MS = 20;
/** Whatever the time: a machine that was suspended has not looked yet. */
const FEWEST_LOOKS = 10;
const SHOWN_CHARACTERS = 2_000;

/**
 * Looks repeatedly until there is an answer, and returns it: neither false nor null, and nothing thrown. So
 * `expect(...)` can be a look too. After the deadline it fails with what it waited for and what it saw last.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  what: string | (() => string),
  {withinMs = WAIT_LIMIT_MS, everyMs = INTERVAL_MS}: {readonly withinMs?: number; readonly everyMs?: number} = {},
): Promise<Exclude<T, false | null>> {
  const startedMs = performance.now();
  for (let looks = 1; ; looks += 1) {
    let seen: string;
    try {
      const value = await look();
      if (isAnswer(value)) return value;
      seen = inspect(value);
    } catch (error) {
      seen = error instanceof Error ? error.message : inspect(error);
    }
    const waitedMs = performance.now() - startedMs;
    if (waitedMs > withinMs && looks >= FEWEST_LOOKS) {
      const claim = typeof what === 'string' ? what : what();
      const shown = seen.slice(0, SHOWN_CHARACTERS);
      throw new Error(`Waited ${(waitedMs / 1000).toFixed(1)} s for ${claim}. Last seen: ${shown}`);
    }
    await delay(everyMs);
  }
}

function isAnswer<T>(value: T): value is Exclude<T, false | null> {
  return value !== false && value !== null;
}
