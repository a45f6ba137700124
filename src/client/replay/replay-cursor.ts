import {MS_PER_SECOND} from '../../shared/units.ts';
import type {ReplayMove} from '../console-data.ts';
import type {SessionTimers} from '../session-timers.ts';

/** The moment of a recording that is shown. */
export type ReplayCursor = {
  /** Position of the moment in the times. */
  readonly place: () => number;
  readonly isPlaying: () => boolean;
  readonly move: (move: ReplayMove) => void;
  /** Stops playing. */
  readonly stop: () => void;
};

const FAR_MS = 30 * MS_PER_SECOND;
/** A gap in a recording, such as a night without a supervisor, is not waited for. */
const MOST_WAIT_MS = 2 * MS_PER_SECOND;

/** A cursor at the last of these times, epoch ms in ascending order. `onMove` is called after each change. */
export function createReplayCursor(
  timesMs: readonly number[],
  timers: SessionTimers,
  onMove: () => void,
): ReplayCursor {
  const last = timesMs.length - 1;
  let place = last;
  let cancel: (() => void) | null = null;

  function stop(): void {
    cancel?.();
    cancel = null;
  }

  function playOn(): void {
    const waitMs = (timesMs[place + 1] ?? 0) - (timesMs[place] ?? 0);
    cancel = timers.schedule(
      () => {
        place = Math.min(place + 1, last);
        if (place === last) stop();
        else playOn();
        onMove();
      },
      Math.min(Math.max(waitMs, 0), MOST_WAIT_MS),
    );
  }

  return {
    place: () => place,
    isPlaying: () => cancel !== null,
    stop,
    move(move) {
      const wasPlaying = cancel !== null;
      stop();
      if (move !== 'play') place = placeAfter(move, place, timesMs);
      else if (!wasPlaying) {
        // From the end there is nothing to play but all of it.
        if (place === last) place = 0;
        playOn();
      }
      onMove();
    },
  };
}

/** The position after a move: at least one further, where there is one. */
function placeAfter(move: Exclude<ReplayMove, 'play'>, place: number, timesMs: readonly number[]): number {
  const last = timesMs.length - 1;
  if (move === 'first') return 0;
  if (move === 'last') return last;
  const stepMs = move === 'far-back' || move === 'far-forward' ? FAR_MS : MS_PER_SECOND;
  const nowMs = timesMs[place] ?? 0;
  if (move === 'forward' || move === 'far-forward') {
    const next = timesMs.findIndex((atMs) => atMs >= nowMs + stepMs);
    return next === -1 ? last : Math.min(Math.max(next, place + 1), last);
  }
  return Math.max(
    0,
    Math.min(
      timesMs.findLastIndex((atMs) => atMs <= nowMs - stepMs),
      place - 1,
    ),
  );
}
