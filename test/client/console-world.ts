import type {ApiError} from '../../src/api/commands.ts';
import type {Event, Events, EventsQuery} from '../../src/api/event-schema.ts';
import type {History} from '../../src/api/history.ts';
import type {LogLines} from '../../src/api/log-lines.ts';
import type {Snapshot} from '../../src/api/snapshot.ts';
import type {ApiClient} from '../../src/client/api-client.ts';
import type {SessionTimers} from '../../src/client/session-timers.ts';
import {err, ok} from '../../src/shared/result.ts';
import {TEST_NOW_MS} from '../support/build-snapshot.ts';

export const gone: ApiError = {code: 'supervisor.unavailable', message: 'nobody answers', remedy: 'start one'};

/** A stream that the test writes to and ends. */
function createStream<T>(signal: AbortSignal) {
  const waiting: T[] = [];
  let ended: {readonly reason: ApiError | null} | null = null;
  let wake = (): void => undefined;
  signal.addEventListener('abort', () => {
    ended ??= {reason: null};
    wake();
  });
  async function* read(): AsyncGenerator<T, ApiError | null, undefined> {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else if (ended !== null) return ended.reason;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  return {
    read,
    send: (value: T) => {
      waiting.push(value);
      wake();
    },
    end: (reason: ApiError) => {
      ended ??= {reason};
      wake();
    },
  };
}

/** A supervisor, the clock and the timers, all in the hands of the test. */
export function createWorld(
  options: {
    readonly history?: History;
    readonly historyFailsTimes?: number;
    readonly stateEvents?: readonly Event[];
    readonly eventsFailTimes?: number;
  } = {},
) {
  const snapshotStreams: ReturnType<typeof createStream<Snapshot>>[] = [];
  const logStreams: ReturnType<typeof createStream<LogLines>>[] = [];
  const eventStreams: ReturnType<typeof createStream<Events>>[] = [];
  const timers: {readonly task: () => void; readonly delayMs: number}[] = [];
  const eventsAsked: EventsQuery[] = [];
  let eventFailures = options.eventsFailTimes ?? 0;
  let historyFailures = options.historyFailsTimes ?? 0;
  const world = {
    nowMs: TEST_NOW_MS,
    history: options.history ?? {series: {}},
    snapshotStreams,
    logStreams,
    eventStreams,
    eventsAsked,
    timers,
    delays: () => timers.map((timer) => timer.delayMs),
    /** Runs what is scheduled now. */
    runTimers: () => {
      for (const {task} of timers.splice(0)) task();
    },
  };
  const client: ApiClient = {
    getSnapshot: async () => err(gone),
    snapshots: (signal) => {
      const stream = createStream<Snapshot>(signal);
      snapshotStreams.push(stream);
      return stream.read();
    },
    getLogPage: async () => err(gone),
    getCost: async () => err(gone),
    takeBenchLease: async () => err(gone),
    keepBench: async () => err(gone),
    getBenches: async () => err(gone),
    sendCommand: async (command) =>
      command.type === 'shutdown' ? err(gone) : ok({accepted: true, message: `${command.type} begun`}),
    preview: async () => err(gone),
    getLog: async () => err(gone),
    logLines: (signal) => {
      const stream = createStream<LogLines>(signal);
      logStreams.push(stream);
      return stream.read();
    },
    getEvents: async (query) => {
      eventsAsked.push(query);
      if (eventFailures === 0) return ok({schemaVersion: 1, events: [...(options.stateEvents ?? [])]});
      eventFailures -= 1;
      return err(gone);
    },
    events: (signal) => {
      const stream = createStream<Events>(signal);
      eventStreams.push(stream);
      return stream.read();
    },
    getHistory: async () => {
      if (historyFailures === 0) return ok(world.history);
      historyFailures -= 1;
      return err(gone);
    },
  };
  const sessionTimers: SessionTimers = {
    schedule: (task, delayMs) => {
      const timer = {task, delayMs};
      timers.push(timer);
      return () => {
        const index = timers.indexOf(timer);
        if (index !== -1) timers.splice(index, 1);
      };
    },
  };
  return {...world, world, client, sessionTimers};
}

export type World = ReturnType<typeof createWorld>;
