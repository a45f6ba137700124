import type {ApiError, CommandInput, CommandReply} from '../api/commands.ts';
import type {History, HistorySeriesName} from '../api/history.ts';
import type {LogLines} from '../api/log.ts';
import type {Snapshot} from '../api/snapshot.ts';
import type {Result} from '../shared/result.ts';

export type ApiClientOptions = {
  readonly socketPath: string;
  /** Longest wait for an answer that is not a stream. */
  readonly timeoutMs?: number;
};

/**
 * The supervisor's API, typed. Error codes: `supervisor.unavailable`, `supervisor.no-permission`,
 * `supervisor.incompatible`, `supervisor.timeout`, and what the supervisor itself answers.
 */
export type ApiClient = {
  readonly getSnapshot: () => Promise<Result<Snapshot, ApiError>>;
  /** Snapshots until the stream ends. It never throws: what it returns says why it ended, null when the signal did it. */
  readonly snapshots: (signal: AbortSignal) => AsyncGenerator<Snapshot, ApiError | null, undefined>;
  readonly sendCommand: (command: CommandInput) => Promise<Result<CommandReply, ApiError>>;
  readonly getLog: (tail: number) => Promise<Result<LogLines, ApiError>>;
  /** The newest `tail` lines, then new ones as they come. Ends like `snapshots`. */
  readonly logLines: (signal: AbortSignal, tail: number) => AsyncGenerator<LogLines, ApiError | null, undefined>;
  readonly getHistory: (
    series: readonly HistorySeriesName[],
    windowMs: number,
  ) => Promise<Result<History, ApiError>>;
};

/** A client of the supervisor that listens on this socket. Connects anew for each request. */
export declare function createApiClient(options: ApiClientOptions): ApiClient;
