import type {ApiClient} from './api-client.ts';
import type {ConsoleSession} from './console-data.ts';

export type ConsoleSessionOptions = {
  readonly client: ApiClient;
  readonly nowMs: () => number;
  /** How much history is loaded and kept. */
  readonly historyWindowMs?: number;
  /** How many earlier log lines are loaded. */
  readonly logTail?: number;
};

/** The console's data, kept up to date from the supervisor until closed; survives the supervisor going away. */
export declare function createConsoleSession(options: ConsoleSessionOptions): ConsoleSession;
