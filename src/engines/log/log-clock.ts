import type {Engine} from '../engine.ts';

const DAY_MS = 86_400_000;

/** The log's own clock, which runs forward: a log without years is carried over New Year. */
export function createLogClock({readLogTimeMs}: Pick<Engine, 'readLogTimeMs'>): (text: string) => number | null {
  let turnsMs = 0;
  let lastMs: number | null = null;
  return (text) => {
    const timeMs = readLogTimeMs(text);
    if (timeMs === null) return null;
    if (lastMs !== null && lastMs - timeMs > 180 * DAY_MS) turnsMs += 366 * DAY_MS;
    lastMs = timeMs;
    return timeMs + turnsMs;
  };
}
