import type {LogLines} from '../../api/log-lines.ts';
import {createListeners} from '../../shared/listeners.ts';
import {err, ok} from '../../shared/result.ts';
import {createRingBuffer} from '../../shared/ring-buffer.ts';
import type {ReadLogPage} from '../log-pages/log-pages.ts';
import type {ServerHandlers} from '../server/server-handlers.ts';
import type {Observe} from '../snapshot/observation.ts';

const LINES_KEPT = 5_000;

/** The newest lines of the current run's log, and listeners for new ones. */
export type LogHub = {
  readonly add: (runId: string, lines: LogLines['lines']) => void;
  /** Adds the log lines among the observations. */
  readonly observe: Observe;
  readonly tail: (count: number) => LogLines;
  readonly subscribe: (listener: (lines: LogLines) => void) => () => void;
  /** What the API answers of the log. */
  readonly handlers: Pick<ServerHandlers, 'getLog' | 'getLogPage' | 'subscribeLog'>;
};

/** An empty log. */
export function createLogHub(): LogHub {
  const {subscribe, notify} = createListeners<[lines: LogLines]>();
  const kept = createRingBuffer<LogLines['lines'][number]>(LINES_KEPT);
  let runId: string | null = null;
  let readPage: ReadLogPage | null = null;
  const add: LogHub['add'] = (nextRunId, lines) => {
    if (nextRunId !== runId) {
      runId = nextRunId;
      kept.clear();
    }
    for (const line of lines) kept.push(line);
    notify({runId, lines});
  };
  const tail: LogHub['tail'] = (count) => ({runId, lines: kept.toArray().slice(-count)});
  const getLogPage: ServerHandlers['getLogPage'] = async (query) => {
    const askedId = runId;
    if (readPage === null) return err(noLog);
    const page = await readPage(query);
    return page.ok ? ok({runId: askedId, ...page.value}) : page;
  };
  return {
    add,
    observe(observation) {
      if (observation.type !== 'log-lines') return;
      ({readPage} = observation);
      add(observation.runId, [...observation.lines]);
    },
    tail,
    subscribe,
    handlers: {getLog: tail, getLogPage, subscribeLog: subscribe},
  };
}

const noLog = {
  code: 'supervisor.no-log',
  message: 'There is no log: no engine has run under this supervisor.',
  remedy: 'Start one with gantry up.',
};
