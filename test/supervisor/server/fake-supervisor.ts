import {onTestFinished} from 'vitest';
import type {BenchDocument} from '../../../src/api/bench/bench-document.ts';
import type {ApiError, Command, CommandReply} from '../../../src/api/commands.ts';
import type {CostDocument, CostQuery} from '../../../src/api/cost/cost-values.ts';
import type {Event, EventsQuery} from '../../../src/api/event-schema.ts';
import type {History, HistoryQuery} from '../../../src/api/history.ts';
import type {LogLines} from '../../../src/api/log-lines.ts';
import type {LogPage, LogPageQuery} from '../../../src/api/log-page.ts';
import type {Preview, PreviewRequest} from '../../../src/api/preview.ts';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {err, ok, type Result} from '../../../src/shared/result.ts';
import {type RunningServer, type ServerOptions, startServer} from '../../../src/supervisor/server/http-server.ts';
import {metricsText} from '../../../src/supervisor/server/metrics/metrics-text.ts';
import type {ServerHandlers} from '../../../src/supervisor/server/server-handlers.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

/** A supervisor with nothing behind it, served on a real socket: the test says what happens. */
export type FakeSupervisor = {
  readonly handlers: ServerHandlers;
  readonly commands: Command[];
  readonly previews: PreviewRequest[];
  /** Who sent each of them. */
  readonly senders: (string | null)[];
  readonly eventsAsked: EventsQuery[];
  events: readonly Event[];
  readonly publishEvent: (event: Event) => void;
  readonly historyAsked: HistoryQuery[];
  cost: Result<CostDocument, ApiError>;
  readonly costAsked: CostQuery[];
  readonly bugs: unknown[];
  /** Kept ones, the newest first. */
  readonly benches: BenchDocument[];
  snapshot: Snapshot;
  log: LogLines;
  history: History;
  reply: CommandReply;
  preview: Result<Preview, ApiError>;
  logPage: Result<LogPage, ApiError>;
  pagesAsked: LogPageQuery[];
  readonly publish: (snapshot: Snapshot) => void;
  readonly publishLog: (lines: LogLines) => void;
  readonly listenerCount: () => number;
  readonly serve: (socketPath: string, options?: Partial<ServerOptions>) => Promise<RunningServer>;
};

export function createFakeSupervisor(): FakeSupervisor {
  const snapshotListeners = new Set<(snapshot: Snapshot) => void>();
  const logListeners = new Set<(lines: LogLines) => void>();
  const eventListeners = new Set<(event: Event) => void>();
  const fake: FakeSupervisor = {
    commands: [],
    previews: [],
    preview: err({code: 'restart.no-last-good', message: 'None.', remedy: 'Name them.'}),
    senders: [],
    eventsAsked: [],
    events: [],
    historyAsked: [],
    cost: err({code: 'history.not-read', message: 'The history cannot be read.', remedy: 'Check it.'}),
    costAsked: [],
    bugs: [],
    benches: [],
    snapshot: buildSnapshot(),
    log: {runId: 'run-1', lines: []},
    logPage: err({code: 'supervisor.no-log', message: 'There is no log.', remedy: 'Start an engine.'}),
    pagesAsked: [],
    history: {series: {}},
    reply: {accepted: true, message: 'begun'},
    handlers: {
      getSnapshot: () => fake.snapshot,
      getLogPage: async (query) => {
        fake.pagesAsked.push(query);
        return fake.logPage;
      },
      subscribeSnapshots: (listener) => {
        snapshotListeners.add(listener);
        return () => snapshotListeners.delete(listener);
      },
      runCommand: async (command, {client}) => {
        fake.commands.push(command);
        fake.senders.push(client);
        return fake.reply;
      },
      preview: async (request) => {
        fake.previews.push(request);
        return fake.preview;
      },
      getLog: (tail) => ({...fake.log, lines: tail === 0 ? [] : fake.log.lines.slice(-tail)}),
      subscribeLog: (listener) => {
        logListeners.add(listener);
        return () => logListeners.delete(listener);
      },
      getMetrics: async () => metricsText({snapshot: fake.snapshot, ledger: null}),
      getHistory: (query) => {
        fake.historyAsked.push(query);
        return fake.history;
      },
      getCost: async ({isPretty, ...query}) => {
        fake.costAsked.push(query);
        if (!fake.cost.ok) return fake.cost;
        return ok([Buffer.from(`${JSON.stringify(fake.cost.value, null, isPretty ? 2 : 0)}\n`)]);
      },
      takeBenchLease: () => ok({lastBenchUntilMs: null}),
      keepBench: (bench) => {
        fake.benches.unshift(bench);
        return ok({kept: true});
      },
      getBenches: () => ok({benches: fake.benches}),
      getEvents: (query) => {
        fake.eventsAsked.push(query);
        return fake.events;
      },
      subscribeEvents: (listener) => {
        eventListeners.add(listener);
        return () => eventListeners.delete(listener);
      },
    },
    publishEvent: (event) => {
      for (const listener of eventListeners) listener(event);
    },
    publish: (snapshot) => {
      fake.snapshot = snapshot;
      for (const listener of snapshotListeners) listener(snapshot);
    },
    publishLog: (lines) => {
      for (const listener of logListeners) listener(lines);
    },
    listenerCount: () => snapshotListeners.size + logListeners.size + eventListeners.size,
    serve: async (socketPath, options = {}) => {
      const started = await startServer({
        socketPath,
        version: '1.2.3',
        handlers: fake.handlers,
        onBug: (error) => fake.bugs.push(error),
        ...options,
      });
      if (!started.ok) throw new Error(started.error.message);
      onTestFinished(started.value.close);
      return started.value;
    },
  };
  return fake;
}

/** Numbered log lines of one run. */
export function logLines(from: number, to: number, runId = 'run-1'): LogLines {
  return {
    runId,
    lines: Array.from({length: to - from + 1}, (_, index) => ({number: from + index, text: `line ${from + index}`})),
  };
}
