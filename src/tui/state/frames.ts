import {type ConsoleData, type ConsoleSession, isSameExceptLog} from '../../client/console-data.ts';
import {createStore, type Store} from './store.ts';

/** A frame: the data, and the display time. */
export type Frame = {readonly data: ConsoleData; readonly nowMs: number};

export type Frames = {
  readonly store: Store<Frame>;
  /** Whether the log has the screen to itself: its lines are shown sooner then. */
  readonly followLog: (isFollowed: boolean) => void;
  readonly close: () => void;
};

/** Data reaches the screen at most four times per second: a log flood must not delay a key. */
const MIN_INTERVAL_MS = 250;
/** Lines of the log alone wait for the data of the next second, which comes a little late at times, but not longer than this. */
const LOG_INTERVAL_MS = 1_250;
/** The same on a screen that shows nothing else. */
const FOLLOWED_LOG_INTERVAL_MS = 500;
/** Without new data, ages are updated once per second. */
const CLOCK_INTERVAL_MS = 1000;
/** Data arrives about once per second: the clock waits long enough not to draw twice per second. */
const CLOCK_AFTER_DATA_MS = 1500;

/**
 * Frames from a session's data and the clock. A change after a quiet time is shown immediately. A frame that differs from
 * the one before only in its log keeps its time, up to a second, so that only what shows the log has to be drawn.
 */
export function createFrames(session: Pick<ConsoleSession, 'getData' | 'subscribe'>, nowMs: () => number): Frames {
  const store = createStore<Frame>({data: session.getData(), nowMs: nowMs()});
  let publishedAtMs = Number.NEGATIVE_INFINITY;
  let clock: NodeJS.Timeout | null = null;
  let rest: NodeJS.Timeout | null = null;
  let logIntervalMs = LOG_INTERVAL_MS;

  function publish(frame: Frame, hasNews: boolean): void {
    publishedAtMs = performance.now();
    if (rest !== null) clearTimeout(rest);
    rest = null;
    if (clock !== null) clearTimeout(clock);
    clock = setTimeout(tick, hasNews ? CLOCK_AFTER_DATA_MS : CLOCK_INTERVAL_MS);
    store.set(frame);
  }

  function tick(): void {
    publish({data: session.getData(), nowMs: nowMs()}, false);
  }

  function onNews(): void {
    const data = session.getData();
    const shown = store.get();
    const isOnlyLog = data.log !== shown.data.log && isSameExceptLog(data, shown.data);
    const waitMs = publishedAtMs + (isOnlyLog ? logIntervalMs : MIN_INTERVAL_MS) - performance.now();
    if (waitMs > 0) {
      if (rest !== null) clearTimeout(rest);
      rest = setTimeout(onNews, waitMs);
      return;
    }
    const atMs = nowMs();
    const isSameTime = isOnlyLog && Math.abs(atMs - shown.nowMs) < CLOCK_INTERVAL_MS;
    publish({data, nowMs: isSameTime ? shown.nowMs : atMs}, true);
  }

  const unsubscribe = session.subscribe(onNews);
  clock = setTimeout(tick, CLOCK_INTERVAL_MS);
  return {
    store,
    followLog(isFollowed) {
      logIntervalMs = isFollowed ? FOLLOWED_LOG_INTERVAL_MS : LOG_INTERVAL_MS;
    },
    close: () => {
      unsubscribe();
      if (rest !== null) clearTimeout(rest);
      if (clock !== null) clearTimeout(clock);
    },
  };
}
