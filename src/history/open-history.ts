import type {ApiError} from '../api/commands.ts';
import type {History, HistorySeriesName} from '../api/history.ts';
import type {LaunchSettings} from '../domain/lifecycle/launch-settings.ts';
import type {PhaseDurations} from '../domain/lifecycle/start-progress.ts';
import type {Result} from '../shared/result.ts';

export type EventRecord = {
  readonly atMs: number;
  readonly code: string;
  readonly message: string;
  readonly runId: string | null;
};

/** A start that ended in a ready engine. */
export type StartRecord = {
  readonly runId: string;
  readonly engineName: string;
  readonly phaseDurationsMs: PhaseDurations;
  readonly totalMs: number;
  readonly settings: LaunchSettings;
};

/** What one tick adds to the ledger. */
export type LedgerAddition = {
  readonly atMs: number;
  readonly nodeUsd: number;
  readonly apiUsd: number;
  readonly promptTokens: number;
  readonly cachedPromptTokens: number;
  readonly generationTokens: number;
};

/** The ledger of one hour; `hourAtMs` is its beginning. */
export type LedgerHour = Omit<LedgerAddition, 'atMs'> & {readonly hourAtMs: number};

/** What outlives the supervisor: series, events, starts and the ledger. Reads give what can be had; they never throw. */
export type HistoryStore = {
  /** What was wrong with the file and was put right when it was opened. */
  readonly warnings: readonly ApiError[];
  readonly recordSample: (
    atMs: number,
    values: Partial<Readonly<Record<HistorySeriesName, number | null>>>,
  ) => Result<null, ApiError>;
  readonly readSeries: (names: readonly HistorySeriesName[], sinceMs: number, untilMs: number) => History;
  readonly recordEvent: (event: EventRecord) => Result<null, ApiError>;
  /** Newest first. */
  readonly readEvents: (limit: number) => readonly EventRecord[];
  readonly recordStart: (start: StartRecord) => Result<null, ApiError>;
  /** Newest first. */
  readonly readStarts: (limit: number) => readonly StartRecord[];
  readonly addToLedger: (addition: LedgerAddition) => Result<null, ApiError>;
  /** Hours that begin at or after the hour of `sinceMs`, oldest first. */
  readonly readLedger: (sinceMs: number) => readonly LedgerHour[];
  readonly close: () => void;
};

export type OpenHistoryOptions = {
  /** Database file, or `:memory:`. */
  readonly path: string;
};

/** Opens the history database, making it when there is none. */
export declare function openHistory(options: OpenHistoryOptions): Result<HistoryStore, ApiError>;
