import type {ApiError} from '../api/commands.ts';
import type {History, HistoryQuery} from '../api/history.ts';
import type {Result} from '../shared/result.ts';
import {MS_PER_SECOND} from '../shared/units.ts';

/** What is known of the history that a screen shows. */
export type HistoryAnswer =
  /** The supervisor has not answered yet. */
  | {readonly kind: 'loading'}
  /** `query` is what it is the answer to: the newest one that was answered, while the next is not. */
  | {readonly kind: 'loaded'; readonly history: History; readonly query: HistoryQuery; readonly atMs: number}
  | {readonly kind: 'failed'; readonly error: ApiError};

export type HistoryAnswers = {
  /** Replaces the current query; null for none, which forgets the answer. */
  readonly want: (query: HistoryQuery | null) => void;
  /** The same object until the answer changes. */
  readonly getAnswer: () => HistoryAnswer;
  readonly subscribe: (listener: () => void) => () => void;
};

export type HistoryAnswersOptions = {
  readonly ask: (query: HistoryQuery) => Promise<Result<History, ApiError>>;
  readonly nowMs: () => number;
};

/** A point of a plot is at least so much of its window: an answer that is younger would look the same. */
const SHARE_OF_WINDOW = 600;
const FAILED_FOR_MS = 2_000;

const loading: HistoryAnswer = {kind: 'loading'};

/**
 * Reads the history that a screen shows. One query is in progress at a time; of those that arrive meanwhile only the newest
 * is asked next. While a window is moved, the last answer stays, so that the plot does not vanish. A window that ends
 * now is read again when it would have another point.
 */
export function createHistoryAnswers({ask, nowMs}: HistoryAnswersOptions): HistoryAnswers {
  const listeners = new Set<() => void>();
  let wanted: HistoryQuery | null = null;
  let isAsking = false;
  let answer: HistoryAnswer = loading;
  let answered: {readonly key: string; readonly atMs: number} | null = null;

  function keep(next: HistoryAnswer): void {
    if (next === answer) return;
    answer = next;
    for (const listener of listeners) listener();
  }

  function askNext(): void {
    if (isAsking || wanted === null || isFresh(wanted)) return;
    isAsking = true;
    void askNow(wanted);
  }

  async function askNow(query: HistoryQuery): Promise<void> {
    const next = await answerFrom(ask, query, nowMs);
    isAsking = false;
    if (wanted !== null) {
      answered = {key: keyOf(query), atMs: nowMs()};
      keep(next);
    }
    askNext();
  }

  function isFresh(query: HistoryQuery): boolean {
    if (answered === null || answered.key !== keyOf(query)) return false;
    const ageMs = nowMs() - answered.atMs;
    if (answer.kind === 'failed') return ageMs < FAILED_FOR_MS;
    return query.untilMs !== undefined || ageMs < Math.max(MS_PER_SECOND, query.windowMs / SHARE_OF_WINDOW);
  }

  return {
    want(query) {
      wanted = query;
      if (query === null) {
        answered = null;
        answer = loading;
      }
      askNext();
    },
    getAnswer: () => answer,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

async function answerFrom(
  ask: HistoryAnswersOptions['ask'],
  query: HistoryQuery,
  nowMs: () => number,
): Promise<HistoryAnswer> {
  try {
    const result = await ask(query);
    return result.ok
      ? {kind: 'loaded', history: result.value, query, atMs: query.untilMs ?? nowMs()}
      : {kind: 'failed', error: result.error};
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {kind: 'failed', error: {code: 'client.failed', message, remedy: 'Read the log of the supervisor.'}};
  }
}

function keyOf(query: HistoryQuery): string {
  return JSON.stringify(query);
}
