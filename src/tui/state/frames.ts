import type {ConsoleData, ConsoleSession} from '../../client/console-data.ts';
import {createStore, type Store} from './store.ts';

/** A frame: the data, and the display time. */
export type Frame = {readonly data: ConsoleData; readonly nowMs: number};

export type Frames = {
  readonly store: Store<Frame>;
  readonly close: () => void;
};

/** Data reaches the screen at most four times per second: a log flood must not delay a key. */
const MIN_INTERVAL_MS = 250;
/** Without new data, ages are updated once per second. */
const CLOCK_INTERVAL_MS = 1000;
/** Data arrives about once per second: the clock waits long enough not to draw twice per second. */
const CLOCK_AFTER_DATA_MS = 1500;

/** Frames from a session's data and the clock. A change after a quiet time is shown immediately. */
export function createFrames(session: Pick<ConsoleSession, 'getData' | 'subscribe'>, nowMs: () => number): Frames {
  const store = createStore<Frame>({data: session.getData(), nowMs: nowMs()});
  let isResting = false;
  let hasNews = false;
  let clock: NodeJS.Timeout | null = null;
  let rest: NodeJS.Timeout | null = null;

  function publish(): void {
    const clockMs = hasNews ? CLOCK_AFTER_DATA_MS : CLOCK_INTERVAL_MS;
    hasNews = false;
    isResting = true;
    store.set({data: session.getData(), nowMs: nowMs()});
    if (rest !== null) clearTimeout(rest);
    if (clock !== null) clearTimeout(clock);
    rest = setTimeout(endRest, MIN_INTERVAL_MS);
    clock = setTimeout(publish, clockMs);
  }

  function endRest(): void {
    isResting = false;
    if (hasNews) publish();
  }

  function onNews(): void {
    hasNews = true;
    if (!isResting) publish();
  }

  const unsubscribe = session.subscribe(onNews);
  clock = setTimeout(publish, CLOCK_INTERVAL_MS);
  return {
    store,
    close: () => {
      unsubscribe();
      if (rest !== null) clearTimeout(rest);
      if (clock !== null) clearTimeout(clock);
    },
  };
}
