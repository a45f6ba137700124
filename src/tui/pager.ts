import type {Result} from '../shared/result.ts';

/** The log's own file, at a place of the whole log in bytes; null for its end. */
export type PagedLog = {readonly path: string; readonly atBytes: number | null};

/** Why a file is not shown. */
export type PagerProblem = {readonly message: string; readonly remedy: string};

/** Another program that shows a file, on the console's terminal. */
export type Pager = {
  /** Why it cannot be used in this console; null if it can. */
  readonly refusal: string | null;
  /** Resolves when the program has ended, with what it showed. Aborted, the program is ended. */
  readonly open: (log: PagedLog, signal: AbortSignal) => Promise<Result<string, PagerProblem>>;
};
