import type {ApiError} from '../api/commands.ts';
import type {Snapshot} from '../api/snapshot.ts';
import type {ApiClient} from './api-client.ts';
import type {ConsoleSession} from './console-data.ts';
import {type ConsoleStore, createConsoleStore} from './console-store.ts';
import {MAX_STATE_EVENTS, readStateEvents, STATE_EVENTS_MS, withStateEvents} from './kept-state-events.ts';
import {createKeptRanges, type KeptRanges, plottedGpuSeries} from './series/gpu-ranges.ts';
import {createKeptSeries, type KeptSeries, plottedSeries} from './series/series-points.ts';
import {pause, processTimers, type SessionTimers} from './session-timers.ts';

const DEFAULT_HISTORY_WINDOW_MS = 15 * 60_000;
const DEFAULT_LOG_TAIL = 1_000;
/** Events a console keeps. */
const MAX_EVENTS = 500;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 4_000;

export type ConsoleSessionOptions = {
  readonly client: ApiClient;
  readonly nowMs: () => number;
  /** How much history is loaded and kept. */
  readonly historyWindowMs?: number;
  /** How many earlier log lines are loaded. */
  readonly logTail?: number;
  readonly timers?: SessionTimers;
  /** A snapshot that was read a moment ago, to begin with. */
  readonly first?: Snapshot;
};

/**
 * Keeps what a console shows up to date: every snapshot, the history before it, the log. When the supervisor is unreachable
 * the last snapshot stays, marked lost with the reason, and the console reconnects until the supervisor is back.
 */
export function createConsoleSession(options: ConsoleSessionOptions): ConsoleSession {
  const store = createConsoleStore(options.timers ?? processTimers);
  const closing = new AbortController();
  const historyWindowMs = options.historyWindowMs ?? DEFAULT_HISTORY_WINDOW_MS;
  const connection: Connection = {
    client: options.client,
    store,
    series: createKeptSeries(historyWindowMs),
    ranges: createKeptRanges(historyWindowMs),
    timers: options.timers ?? processTimers,
    nowMs: options.nowMs,
    historyWindowMs,
    logTail: options.logTail ?? DEFAULT_LOG_TAIL,
  };
  if (options.first !== undefined) addSnapshot(connection, options.first);
  void keepConnected(connection, closing.signal);
  return {
    getData: store.getData,
    subscribe: store.subscribe,
    async send(command) {
      const reply = await options.client.sendCommand(command, 'console');
      return reply.ok ? reply.value : {accepted: false, error: reply.error};
    },
    preview: options.client.preview,
    readHistory: options.client.getHistory,
    readLogPage: options.client.getLogPage,
    close() {
      closing.abort();
      store.close();
    },
  };
}

type Connection = Required<Omit<ConsoleSessionOptions, 'first'>> & {
  readonly store: ConsoleStore;
  readonly series: KeptSeries;
  readonly ranges: KeptRanges;
};

/** Connects, and reconnects with increasing delays, until the signal aborts. */
async function keepConnected(connection: Connection, signal: AbortSignal): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    const {error, hasConnected} = await followSnapshots(connection, signal);
    if (signal.aborted || error === null) return;
    markLost(connection, error);
    if (hasConnected) retryMs = FIRST_RETRY_MS;
    await pause(connection.timers, retryMs, signal);
    retryMs = Math.min(2 * retryMs, MAX_RETRY_MS);
  }
}

type Ended = {readonly error: ApiError | null; readonly hasConnected: boolean};

async function followSnapshots(connection: Connection, signal: AbortSignal): Promise<Ended> {
  // History and log are followed as long as snapshots arrive.
  const connected = new AbortController();
  const whileConnected = AbortSignal.any([signal, connected.signal]);
  const snapshots = connection.client.snapshots(signal);
  let hasConnected = false;
  try {
    for (;;) {
      const next = await snapshots.next();
      if (next.done === true) return {error: next.value, hasConnected};
      if (signal.aborted) return {error: null, hasConnected};
      addSnapshot(connection, next.value);
      if (hasConnected) continue;
      hasConnected = true;
      void loadHistory(connection, whileConnected);
      void followLog(connection, whileConnected);
      void followEvents(connection, whileConnected);
    }
  } finally {
    connected.abort();
    await snapshots.return(null);
  }
}

function addSnapshot({store, series, ranges}: Connection, snapshot: Snapshot): void {
  const {connection} = store.getData();
  series.add(snapshot);
  ranges.add(snapshot);
  store.update({
    snapshot,
    history: series.current(),
    gpuRanges: ranges.current(),
    connection: connection.kind === 'live' ? connection : {kind: 'live'},
  });
}

function markLost({store, nowMs}: Connection, error: ApiError): void {
  const {connection} = store.getData();
  if (connection.kind === 'lost' && connection.reason === error.message) return;
  const sinceMs = connection.kind === 'lost' ? connection.sinceMs : nowMs();
  store.update({connection: {kind: 'lost', sinceMs, reason: error.message}});
}

/** Loads the history of the window; retries later on failure. */
async function loadHistory(connection: Connection, signal: AbortSignal): Promise<void> {
  const {client, store, timers, series, ranges, historyWindowMs} = connection;
  while (!signal.aborted) {
    const loaded = await client.getHistory({
      series: plottedSeries,
      gpuSeries: plottedGpuSeries,
      windowMs: historyWindowMs,
    });
    if (signal.aborted) return;
    if (loaded.ok) {
      series.load(loaded.value.series);
      ranges.load(loaded.value.gpus ?? []);
      store.update({history: series.current(), gpuRanges: ranges.current()});
      return;
    }
    await pause(timers, MAX_RETRY_MS, signal);
  }
}

/** The first events of a connection are the newest existing ones; then new ones follow. */
async function followEvents(connection: Connection, signal: AbortSignal): Promise<void> {
  const {client, store, timers} = connection;
  while (!signal.aborted) {
    let isFirst = true;
    for await (const {events} of client.events(signal, {sinceMs: 0, limit: MAX_EVENTS})) {
      if (signal.aborted) return;
      const {events: known, stateEvents} = store.getData();
      const before = isFirst ? [] : (known ?? []);
      store.update({
        events: [...before, ...events].slice(-MAX_EVENTS),
        stateEvents: stateEvents === null ? null : withStateEvents(stateEvents, events),
      });
      if (isFirst) void loadStateEvents(connection, signal);
      isFirst = false;
    }
    await pause(timers, MAX_RETRY_MS, signal);
  }
}

/** What the engine was before the newest events; those that arrived meanwhile follow it. Retries later on failure. */
async function loadStateEvents({client, store, timers, nowMs}: Connection, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const sinceMs = nowMs() - STATE_EVENTS_MS;
    const loaded = await client.getEvents({kind: 'state', sinceMs, limit: MAX_STATE_EVENTS});
    if (signal.aborted) return;
    if (loaded.ok) {
      store.update({stateEvents: readStateEvents(loaded.value.events, store.getData().events ?? [])});
      return;
    }
    await pause(timers, MAX_RETRY_MS, signal);
  }
}

async function followLog({client, store, timers, logTail}: Connection, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let isFirst = true;
    for await (const batch of client.logLines(signal, logTail)) {
      if (signal.aborted) return;
      if (isFirst) store.beginLog(batch);
      else store.addLog(batch);
      isFirst = false;
    }
    await pause(timers, MAX_RETRY_MS, signal);
  }
}
