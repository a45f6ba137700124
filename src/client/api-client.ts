import type {BenchDocument} from '../api/bench/bench-document.ts';
import type {BenchKept, BenchLeaseReply, BenchLeaseRequest, BenchList} from '../api/bench/bench-requests.ts';
import type {ApiError, CommandInput, CommandReply} from '../api/commands.ts';
import type {CostDocument, CostQuery} from '../api/cost/cost-values.ts';
import type {Events, EventsQuery} from '../api/event-schema.ts';
import type {History, HistoryQuery} from '../api/history.ts';
import type {LogLines} from '../api/log-lines.ts';
import type {LogPage, LogPageQuery} from '../api/log-page.ts';
import {apiPaths} from '../api/paths.ts';
import type {Preview, PreviewRequestInput} from '../api/preview.ts';
import type {Snapshot} from '../api/snapshot.ts';
import {ok, type Result} from '../shared/result.ts';
import type {Reach} from './connect-to-supervisor.ts';
import {eventsNamed, readEvents} from './read-events.ts';
import {exchange, type Place, type Question} from './request/ask-once.ts';
import {type LoadSchema, readDocument} from './request/read-document.ts';
import {createSnapshotReader, takingChanges} from './request/read-snapshots.ts';
import type {SilenceJudge} from './watch-silence.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
/** Time limit for judging a start: first GPU read, memory being released, search for container images. */
const JUDGING_TIMEOUT_MS = 90_000;
/** A supervisor takes a snapshot every second: without one for this long it hangs or is gone. */
const SNAPSHOT_SILENCE_MS = 10_000;
/** A log may be quiet for hours; the server sends a comment every 15 s. */
const LOG_SILENCE_MS = 45_000;
/** Silence after which the cause is looked for: the next snapshot, or comment, is overdue. */
const SNAPSHOT_QUIET_MS = 3_000;
const LOG_QUIET_MS = 20_000;

export type ApiClientOptions = {
  readonly socketPath: string;
  /** Where the supervisor listens as well. */
  readonly secondSocketPath?: string | null;
  /** Asked why the supervisor is silent, long before a request times out. */
  readonly judgeSilence?: SilenceJudge;
  /** Longest silence before a request times out. */
  readonly timeoutMs?: number;
  /** Longest silence of a stream before it counts as broken. */
  readonly streamTimeoutMs?: number;
  /** Name of this client in the supervisor's events. */
  readonly clientName?: string;
  /** Who and where its user is, in the supervisor's events: `root@pts/3`. */
  readonly terminal?: string;
};

/**
 * The supervisor's API, typed; every answer of another build is checked against its schema. Error codes: `supervisor.unavailable`,
 * `supervisor.no-permission`, `supervisor.incompatible`, `supervisor.timeout`, and the supervisor's own codes.
 */
export type ApiClient = {
  readonly getSnapshot: () => Promise<Result<Snapshot, ApiError>>;
  /** Every snapshot from now on. Never throws: the return value is the reason for its end, null after an abort. */
  readonly snapshots: (signal: AbortSignal) => AsyncGenerator<Snapshot, ApiError | null, undefined>;
  /** `clientName` overrides the client's own for this command. */
  readonly sendCommand: (command: CommandInput, clientName?: string) => Promise<Result<CommandReply, ApiError>>;
  /** What a command would do, and why it would be refused. Waits for GPUs that the supervisor has not read yet. */
  readonly preview: (request: PreviewRequestInput) => Promise<Result<Preview, ApiError>>;
  readonly getLog: (tail: number) => Promise<Result<LogLines, ApiError>>;
  /** The newest `tail` lines, empty when there are none, then new ones as they arrive. Ends like `snapshots`. */
  readonly logLines: (signal: AbortSignal, tail: number) => AsyncGenerator<LogLines, ApiError | null, undefined>;
  /** Lines of the whole log. */
  readonly getLogPage: (query: LogPageQuery) => Promise<Result<LogPage, ApiError>>;
  readonly getHistory: (query: HistoryQuery) => Promise<Result<History, ApiError>>;
  /** What was used and spent in a time. */
  readonly getCost: (query: CostQuery) => Promise<Result<CostDocument, ApiError>>;
  /** The newest requested events, oldest first. */
  readonly getEvents: (query: EventsQuery) => Promise<Result<Events, ApiError>>;
  /** This process loads the engine from now on; an error while another benchmark does. Sent again while it runs. */
  readonly takeBenchLease: (owner: BenchLeaseRequest) => Promise<Result<BenchLeaseReply, ApiError>>;
  readonly keepBench: (bench: BenchDocument) => Promise<Result<BenchKept, ApiError>>;
  /** Kept benchmarks, the newest first. */
  readonly getBenches: () => Promise<Result<BenchList, ApiError>>;
  /** The same, empty when there are none, then new ones as they arrive. Ends like `snapshots`. */
  readonly events: (signal: AbortSignal, query: EventsQuery) => AsyncGenerator<Events, ApiError | null, undefined>;
};

/** The schema of each document, loaded for what another build has written. */
const schemas = {
  snapshot: async () => (await import('../api/snapshot.ts')).snapshotSchema,
  commandReply: async () => (await import('../api/commands.ts')).commandReplySchema,
  preview: async () => (await import('../api/preview.ts')).previewSchema,
  logLines: async () => (await import('../api/log-lines.ts')).logLinesSchema,
  logPage: async () => (await import('../api/log-page.ts')).logPageSchema,
  history: async () => (await import('../api/history.ts')).historySchema,
  cost: async () => (await import('../api/cost/cost-values.ts')).costDocumentSchema,
  events: async () => (await import('../api/event-schema.ts')).eventsSchema,
  benchLease: async () => (await import('../api/bench/bench-requests.ts')).benchLeaseReplySchema,
  benchKept: async () => (await import('../api/bench/bench-requests.ts')).benchKeptSchema,
  benches: async () => (await import('../api/bench/bench-requests.ts')).benchListSchema,
};

/** A client of the supervisor on this socket. Opens a new connection for each request. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const {socketPath, secondSocketPath = null, streamTimeoutMs, judgeSilence: judge} = options;
  const reach: Reach = {paths: secondSocketPath === null ? [socketPath] : [socketPath, secondSocketPath], judge};
  const place = {
    reach,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    clientName: options.clientName,
    terminal: options.terminal,
  };
  const get = <T>(path: string, schema: LoadSchema<T>): Promise<Result<T, ApiError>> =>
    ask(place, {method: 'GET', path}, schema);
  const post = <T>(path: string, body: object, schema: LoadSchema<T>): Promise<Result<T, ApiError>> =>
    ask(place, {method: 'POST', path, body: JSON.stringify(body)}, schema);
  const judgingTimeoutMs = options.timeoutMs ?? JUDGING_TIMEOUT_MS;
  return {
    getSnapshot: () => get(apiPaths.snapshot, schemas.snapshot),
    snapshots: (signal) =>
      readEvents(
        {reach, silenceMs: streamTimeoutMs ?? SNAPSHOT_SILENCE_MS, quietMs: SNAPSHOT_QUIET_MS},
        {path: apiPaths.snapshotStream, headers: takingChanges, read: createSnapshotReader(schemas.snapshot), signal},
      ),
    sendCommand: (command, clientName = place.clientName) =>
      ask(
        {...place, timeoutMs: judgingTimeoutMs, clientName},
        {method: 'POST', path: apiPaths.commands, body: JSON.stringify(command)},
        schemas.commandReply,
      ),
    preview: (request) =>
      ask(
        {...place, timeoutMs: judgingTimeoutMs},
        {method: 'POST', path: apiPaths.preview, body: JSON.stringify(request)},
        schemas.preview,
      ),
    getLog: (tail) => get(`${apiPaths.log}?tail=${tail}`, schemas.logLines),
    logLines: (signal, tail) =>
      readEvents(
        {reach, silenceMs: streamTimeoutMs ?? LOG_SILENCE_MS, quietMs: LOG_QUIET_MS},
        {path: `${apiPaths.logStream}?tail=${tail}`, read: eventsNamed('lines', schemas.logLines), signal},
      ),
    getLogPage: (query) => get(`${apiPaths.logPage}?${logPageParameters(query)}`, schemas.logPage),
    getHistory: async (query) => {
      const read = (of: HistoryQuery) => get(`${apiPaths.history}?${historyParameters(of)}`, schemas.history);
      const answer = await read(query);
      // An older supervisor keeps no histograms, and does not know the parameter.
      if (answer.ok || query.requests !== true || answer.error.code !== 'api.invalid-query') return answer;
      const hasSeries = query.series.length + query.gpuSeries.length > 0;
      return hasSeries ? read({...query, requests: false}) : ok({series: {}});
    },
    getCost: (query) => get(`${apiPaths.cost}?${costParameters(query)}`, schemas.cost),
    getEvents: async (query) => {
      const read = (of: EventsQuery) => get(`${apiPaths.events}?${eventsParameters(of)}`, schemas.events);
      const answer = await read(query);
      // An older supervisor has events of all kinds only, and among them no last one before a time.
      const isUnknown = query.kind !== undefined && !answer.ok && answer.error.code === 'api.invalid-query';
      return isUnknown ? read({sinceMs: 0, limit: query.limit}) : answer;
    },
    takeBenchLease: (owner) => post(apiPaths.bench, owner, schemas.benchLease),
    keepBench: (bench) => post(apiPaths.benchResults, bench, schemas.benchKept),
    getBenches: () => get(apiPaths.benches, schemas.benches),
    events: (signal, query) =>
      readEvents(
        {reach, silenceMs: streamTimeoutMs ?? LOG_SILENCE_MS, quietMs: LOG_QUIET_MS},
        {
          path: `${apiPaths.eventStream}?${eventsParameters(query)}`,
          read: eventsNamed('events', schemas.events),
          signal,
        },
      ),
  };
}

function costParameters({sinceMs, untilMs, by}: CostQuery): string {
  const end = untilMs === undefined ? '' : `&untilMs=${untilMs}`;
  return `sinceMs=${Math.max(0, sinceMs)}${end}&by=${by}`;
}

function eventsParameters({sinceMs, limit, kind}: EventsQuery): string {
  const selected = `sinceMs=${Math.max(0, Math.trunc(sinceMs))}&limit=${limit}`;
  return kind === undefined ? selected : `${selected}&kind=${kind}`;
}

async function ask<T>(place: Place, question: Question, schema: LoadSchema<T>): Promise<Result<T, ApiError>> {
  const answer = await exchange(place, question);
  return answer.ok ? readDocument(answer.value.text, answer.value.headers, schema) : answer;
}

/** No empty parameter, and none that a supervisor from before there were series of GPUs does not know. */
function historyParameters({series, gpuSeries, gpu, windowMs, untilMs, requests}: HistoryQuery): URLSearchParams {
  return new URLSearchParams({
    ...(series.length === 0 ? {} : {series: series.join(',')}),
    ...(gpuSeries.length === 0 ? {} : {gpuSeries: gpuSeries.join(',')}),
    ...(gpu === undefined ? {} : {gpu: String(gpu)}),
    windowMs: String(windowMs),
    ...(untilMs === undefined ? {} : {untilMs: String(untilMs)}),
    ...(requests === true ? {requests: 'true'} : {}),
  });
}

/** Only what differs from the defaults. */
function logPageParameters(query: LogPageQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  }
  return parameters;
}
