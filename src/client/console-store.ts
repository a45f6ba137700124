import type {LogLines} from '../api/log-lines.ts';
import type {ConsoleData} from './console-data.ts';
import type {SessionTimers} from './session-timers.ts';

/** Log lines a console keeps. */
export const MAX_LOG_LINES = 2_000;
/** Redraw interval for many log lines: fast enough to look live, slow enough for a slow link. */
const LOG_NOTIFY_MS = 100;

/** The console's data and its listeners. `getData` returns the same object until something changes. */
export type ConsoleStore = {
  readonly getData: () => ConsoleData;
  readonly subscribe: (listener: () => void) => () => void;
  /** Changes data and notifies all listeners immediately. */
  readonly update: (change: Partial<Omit<ConsoleData, 'log'>>) => void;
  /** Adds the first lines of a connection: they replace repeated lines. */
  readonly beginLog: (batch: LogLines) => void;
  /** Adds lines; listeners are notified at most ten times a second. */
  readonly addLog: (batch: LogLines) => void;
  readonly close: () => void;
};

/** An empty store. */
export function createConsoleStore(timers: SessionTimers): ConsoleStore {
  let data: ConsoleData = {
    connection: {kind: 'connecting'},
    snapshot: null,
    history: {},
    gpuRanges: {},
    log: [],
    events: null,
    stateEvents: null,
  };
  const listeners = new Set<() => void>();
  let lines: LogLines['lines'] = [];
  let runId: string | null = null;
  let cancelNotice: (() => void) | null = null;
  let noticedAtMs = Number.NEGATIVE_INFINITY;

  function change(next: Partial<ConsoleData>): void {
    data = {...data, ...next};
    for (const listener of listeners) listener();
  }

  function showLog(): void {
    cancelNotice = null;
    noticedAtMs = performance.now();
    change({log: lines.slice(-MAX_LOG_LINES)});
  }

  function showLogSoon(): void {
    if (cancelNotice !== null) return;
    const waitMs = noticedAtMs + LOG_NOTIFY_MS - performance.now();
    if (waitMs <= 0) showLog();
    else cancelNotice = timers.schedule(showLog, waitMs);
  }

  function addLog(batch: LogLines): void {
    if (batch.runId !== runId) lines = [];
    runId = batch.runId;
    for (const line of batch.lines) lines.push(line);
    // Trimmed in large steps, so that a flood does not move two thousand lines for each new one.
    if (lines.length > 2 * MAX_LOG_LINES) lines = lines.slice(-MAX_LOG_LINES);
    showLogSoon();
  }

  return {
    getData: () => data,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    update: change,
    beginLog(batch) {
      const [last, newest] = [lines.at(-1), batch.lines.at(-1)];
      const goesOn =
        batch.runId === runId && last !== undefined && newest !== undefined && newest.number >= last.number;
      if (!goesOn) {
        lines = [];
        addLog(batch);
        return;
      }
      const fresh = batch.lines.filter((line) => line.number > last.number);
      if (fresh.length > 0) addLog({...batch, lines: fresh});
    },
    addLog,
    close() {
      cancelNotice?.();
      listeners.clear();
    },
  };
}
