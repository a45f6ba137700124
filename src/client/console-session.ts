import {setTimeout as delay} from 'node:timers/promises';
import {historySeriesNames} from '../api/history.ts';
import {historyValues} from '../api/history-values.ts';
import type {Snapshot} from '../api/snapshot.ts';
import type {ApiClient} from './api-client.ts';
import type {ConsoleData, ConsoleSession} from './console-data.ts';

const DEFAULT_HISTORY_WINDOW_MS = 300_000;
const MAX_LOG_LINES = 2_000;
const LOG_TAIL = 500;
/** How often a flood of log lines may draw: fast enough to look alive, slow enough for a bad link. */
const LOG_NOTIFY_MS = 100;
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 3_000;

export type ConsoleSessionOptions = {
  readonly client: ApiClient;
  readonly nowMs: () => number;
  readonly historyWindowMs?: number;
};

/**
 * Keeps what a console shows up to date: history and log tail first, then every snapshot and log line. When the
 * supervisor goes away the last snapshot stays, marked lost, and it is looked for until it is back.
 */
export function createConsoleSession(options: ConsoleSessionOptions): ConsoleSession {
  const session = new Session(options);
  session.start();
  return {
    getData: () => session.data,
    subscribe: (listener) => session.subscribe(listener),
    async send(command) {
      const reply = await options.client.sendCommand(command);
      return reply.ok ? reply.value : {accepted: false, error: reply.error};
    },
    close: () => session.close(),
  };
}

class Session {
  data: ConsoleData = {connection: {kind: 'connecting'}, snapshot: null, history: {}, log: []};
  readonly #options: ConsoleSessionOptions;
  readonly #listeners = new Set<() => void>();
  readonly #controller = new AbortController();
  #logTimer: NodeJS.Timeout | null = null;
  #pendingLog: ConsoleData['log'] = [];

  constructor(options: ConsoleSessionOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#repeat(() => this.#followSnapshots());
    void this.#repeat(() => this.#followLog());
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    this.#controller.abort();
    if (this.#logTimer !== null) clearTimeout(this.#logTimer);
    this.#listeners.clear();
  }

  /** Runs a stream again and again, with growing pauses while it fails at once. */
  async #repeat(stream: () => Promise<boolean>): Promise<void> {
    const {signal} = this.#controller;
    let pauseMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      const gotSomething = await stream();
      pauseMs = gotSomething ? FIRST_RETRY_MS : Math.min(pauseMs * 2, MAX_RETRY_MS);
      await delay(pauseMs, undefined, {signal}).catch(() => undefined);
    }
  }

  async #followSnapshots(): Promise<boolean> {
    let gotSomething = false;
    for await (const snapshot of this.#options.client.snapshots(this.#controller.signal)) {
      if (!gotSomething) {
        gotSomething = true;
        // The first picture does not wait for its past.
        this.#addSnapshot(snapshot);
        await this.#loadHistory();
      } else {
        this.#addSnapshot(snapshot);
      }
    }
    if (this.#controller.signal.aborted) return gotSomething;
    const {connection} = this.data;
    const sinceMs = connection.kind === 'lost' ? connection.sinceMs : this.#options.nowMs();
    this.#update({connection: {kind: 'lost', sinceMs, reason: 'the supervisor does not answer'}});
    return gotSomething;
  }

  async #loadHistory(): Promise<void> {
    const {client, historyWindowMs = DEFAULT_HISTORY_WINDOW_MS} = this.#options;
    const history = await client.getHistory(historySeriesNames, historyWindowMs);
    if (history.ok) this.#update({history: history.value.series});
  }

  async #followLog(): Promise<boolean> {
    let gotSomething = false;
    for await (const batch of this.#options.client.logLines(this.#controller.signal, LOG_TAIL)) {
      // The first batch is the tail: it takes the place of what was there before.
      this.#pendingLog = gotSomething ? this.#pendingLog.concat(batch.lines) : batch.lines;
      this.#pendingLog = this.#pendingLog.slice(-MAX_LOG_LINES);
      gotSomething = true;
      this.#logTimer ??= setTimeout(() => {
        this.#logTimer = null;
        this.#update({log: this.#pendingLog});
      }, LOG_NOTIFY_MS);
    }
    return gotSomething;
  }

  #addSnapshot(snapshot: Snapshot): void {
    this.#update({snapshot, connection: {kind: 'live'}, history: this.#extendHistory(snapshot)});
  }

  #extendHistory(snapshot: Snapshot): ConsoleData['history'] {
    const {historyWindowMs = DEFAULT_HISTORY_WINDOW_MS} = this.#options;
    const oldestMs = snapshot.takenAtMs - historyWindowMs;
    const history: ConsoleData['history'] = {};
    for (const [name, value] of Object.entries(historyValues(snapshot))) {
      const series = historySeriesNames.find((known) => known === name);
      if (series === undefined) continue;
      const kept = (this.data.history[series] ?? []).filter((point) => point.atMs >= oldestMs);
      const last = kept.at(-1);
      // A change of state makes a snapshot between two ticks; one point a second is what the series means.
      const isSameSecond = last !== undefined && Math.floor(last.atMs / 1000) === Math.floor(snapshot.takenAtMs / 1000);
      history[series] = isSameSecond ? kept : [...kept, {atMs: snapshot.takenAtMs, value}];
    }
    return history;
  }

  #update(change: Partial<ConsoleData>): void {
    this.data = {...this.data, ...change};
    for (const listener of this.#listeners) listener();
  }
}
