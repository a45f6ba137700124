import type {LogLines} from '../../api/log-lines.ts';
import {createRingBuffer} from '../../shared/ring-buffer.ts';
import type {Observe} from '../snapshot/observation.ts';

const LINES_KEPT = 5_000;

/** The newest lines of the current run's log, and listeners for new ones. */
export type LogHub = {
  readonly add: (runId: string, lines: LogLines['lines']) => void;
  /** Adds the log lines among the observations. */
  readonly observe: Observe;
  readonly tail: (count: number) => LogLines;
  readonly subscribe: (listener: (lines: LogLines) => void) => () => void;
};

/** An empty log. */
export function createLogHub(): LogHub {
  const listeners = new Set<(lines: LogLines) => void>();
  const kept = createRingBuffer<LogLines['lines'][number]>(LINES_KEPT);
  let runId: string | null = null;
  const add: LogHub['add'] = (nextRunId, lines) => {
    if (nextRunId !== runId) {
      runId = nextRunId;
      kept.clear();
    }
    for (const line of lines) kept.push(line);
    for (const listener of listeners) listener({runId, lines});
  };
  return {
    add,
    observe(observation) {
      if (observation.type !== 'log-lines') return;
      const lines = observation.lines.map(({number, text}) => ({number, text}));
      add(observation.runId, lines);
    },
    tail: (count) => ({runId, lines: kept.toArray().slice(-count)}),
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
