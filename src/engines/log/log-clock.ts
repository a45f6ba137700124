import {MS_PER_DAY} from '../../shared/units.ts';
import type {Engine} from '../engine.ts';

/** The log's own clock, which runs forward: a log without years is carried over New Year. */
export function createLogClock({readLogTimeMs}: Pick<Engine, 'readLogTimeMs'>): (text: string) => number | null {
  let turnsMs = 0;
  let lastMs: number | null = null;
  return (text) => {
    const timeMs = readLogTimeMs(text);
    if (timeMs === null) return null;
    if (lastMs !== null && lastMs - timeMs > 180 * MS_PER_DAY) turnsMs += 366 * MS_PER_DAY;
    lastMs = timeMs;
    return timeMs + turnsMs;
  };
}
