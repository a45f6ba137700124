import {MS_PER_SECOND} from '../../shared/units.ts';

/** Regular work of this process begins at whole multiples of this on its own clock. */
export const BEAT_MS = 250;
/** How long before a second what has to be asked for is asked, so that the tick of that second shows the answer. */
const ASKED_BEFORE_MS = 250;

/**
 * When in a second regular work is done: at any beat, at its beginning, or so that its answer is there at its beginning; or twice per
 * second, one of them together with that.
 */
export type BeatPlace = 'any' | 'second' | 'before-second' | 'half-second';
/** Milliseconds from one such time to the next one, and how long before a multiple of that they are. */
const grids: Readonly<Record<BeatPlace, {readonly everyMs: number; readonly beforeMs: number}>> = {
  any: {everyMs: BEAT_MS, beforeMs: 0},
  second: {everyMs: MS_PER_SECOND, beforeMs: 0},
  'before-second': {everyMs: MS_PER_SECOND, beforeMs: ASKED_BEFORE_MS},
  'half-second': {everyMs: MS_PER_SECOND / 2, beforeMs: ASKED_BEFORE_MS},
};

type Turn = {readonly beat: number; readonly act: () => void; readonly isKeepingAlive: boolean};

/** Every wake-up finds cold caches: what waits for the same beat shares one timer. */
const waiting = new Set<Turn>();
let isStriking = false;
let armed: {readonly beat: number; readonly timer: NodeJS.Timeout} | null = null;

/**
 * Calls `act` after about `delayMs`, at a beat: everything regular of this process is done in as few wake-ups as possible. A delay
 * shorter than a beat is kept as it is. An idle process is kept alive by it unless `isKeepingAlive` is false. Returns a function
 * that cancels it.
 */
export function atBeat(
  delayMs: number,
  act: () => void,
  {place = 'any', isKeepingAlive = true}: {readonly place?: BeatPlace; readonly isKeepingAlive?: boolean} = {},
): () => void {
  if (delayMs < BEAT_MS && (place === 'any' || place === 'half-second')) {
    const timer = setTimeout(act, delayMs);
    if (!isKeepingAlive) timer.unref();
    return () => clearTimeout(timer);
  }
  const turn: Turn = {beat: beatOf(performance.now(), delayMs, place), act, isKeepingAlive};
  waiting.add(turn);
  arm();
  return () => {
    if (waiting.delete(turn)) arm();
  };
}

/** As `atBeat`, for a process that need not stay for it. */
export function atBeatIfAlive(delayMs: number, act: () => void): () => void {
  return atBeat(delayMs, act, {isKeepingAlive: false});
}

/**
 * Calls `act` again and again, about `everyMs` after it was called before, at beats as `atBeat` does; the first time after that
 * long. One that throws is called again. Returns a function that ends it.
 */
export function atBeats(everyMs: number, act: () => void, options: Parameters<typeof atBeat>[2] = {}): () => void {
  const turn = (): void => {
    cancel = atBeat(everyMs, turn, options);
    act();
  };
  let cancel = atBeat(everyMs, turn, options);
  return () => cancel();
}

/** The number of the beat that is nearest to the end of a delay, after the present one. */
export function beatOf(nowMs: number, delayMs: number, place: BeatPlace): number {
  const {everyMs, beforeMs} = grids[place];
  const soonest = Math.floor((nowMs + beforeMs) / everyMs) + 1;
  const nearest = Math.round((nowMs + delayMs + beforeMs) / everyMs);
  return (Math.max(soonest, nearest) * everyMs - beforeMs) / BEAT_MS;
}

/** Has the one timer end at the earliest beat that is waited for. */
function arm(): void {
  if (isStriking) return;
  let [beat, isKeepingAlive] = [Number.POSITIVE_INFINITY, false];
  for (const turn of waiting) {
    beat = Math.min(beat, turn.beat);
    isKeepingAlive ||= turn.isKeepingAlive;
  }
  const nowMs = performance.now();
  // One that should have ended long ago never will: it is of another clock, as tests have it.
  const isArmed = armed?.beat === beat && nowMs <= (beat + 1) * BEAT_MS;
  if (!isArmed) {
    if (armed !== null) clearTimeout(armed.timer);
    armed = null;
    if (waiting.size === 0) return;
    armed = {beat, timer: setTimeout(strike, Math.max(1, Math.ceil(beat * BEAT_MS - nowMs)))};
  }
  if (isKeepingAlive) armed?.timer.ref();
  else armed?.timer.unref();
}

function strike(): void {
  armed = null;
  isStriking = true;
  // A timer may end a fraction of a millisecond early.
  const reached = Math.floor((performance.now() + 1) / BEAT_MS);
  for (const turn of [...waiting].filter(({beat}) => beat <= reached)) {
    // An earlier one of this beat may have cancelled it.
    if (!waiting.delete(turn)) continue;
    try {
      turn.act();
    } catch (error) {
      // For the process, as from any timer; the others of this beat have their turn.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
  isStriking = false;
  arm();
}
