import type {ApiError} from '../../api/commands.ts';
import type {History, HistoryQuery} from '../../api/history.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {createNewestAnswer, isSame, type NewestAnswer, type NewestAnswerOptions} from './newest-answer.ts';

/** What is known of the history that a screen shows. */
export type HistoryAnswer =
  /** The supervisor has not answered yet. */
  | {readonly kind: 'loading'}
  /** Of the newest query that was answered, while the next is not. */
  | {readonly kind: 'loaded'; readonly question: HistoryQuery; readonly history: History}
  | {readonly kind: 'failed'; readonly question: HistoryQuery; readonly error: ApiError};

export type HistoryAnswers = NewestAnswer<HistoryQuery, History> & {readonly answer: () => HistoryAnswer};

export type HistoryAnswersOptions = Pick<NewestAnswerOptions<HistoryQuery, History>, 'ask' | 'nowMs'>;

/** A point of a plot is at least so much of its window: an answer that is younger would look the same. */
const SHARE_OF_WINDOW = 600;
/** Of more series, an answer is larger: it is read less often, so that it costs as much. */
const FEW_SERIES = 4;
/** Figures of requests cost the supervisor about as much as so many series. */
const OF_REQUESTS = 8;

/**
 * Reads the history that a screen shows. While a window is moved, the last answer stays, so that the plot does not vanish. A
 * window that ends now is read again when it would have another point; one of the past does not change.
 */
export function createHistoryAnswers(options: HistoryAnswersOptions): HistoryAnswers {
  const newest = createNewestAnswer({...options, freshForMs, keepsOlder: true});
  return {
    ...newest,
    answer() {
      const answered = newest.getAnswered();
      if (answered === null) return {kind: 'loading'};
      const {question, result} = answered;
      return result.ok
        ? {kind: 'loaded', question, history: result.value}
        : {kind: 'failed', question, error: result.error};
    },
  };
}

/** The answer to this query; that to an earlier one is none, for what is labelled with the query. */
export function answerTo(query: HistoryQuery | null, answer: HistoryAnswer): HistoryAnswer {
  return answer.kind === 'loading' || isSame(answer.question, query) ? answer : {kind: 'loading'};
}

function freshForMs({untilMs, windowMs, series, gpuSeries, requests}: HistoryQuery): number {
  const share =
    Math.max(1, (series.length + gpuSeries.length + (requests === true ? OF_REQUESTS : 0)) / FEW_SERIES) /
    SHARE_OF_WINDOW;
  return untilMs === undefined ? Math.max(MS_PER_SECOND, windowMs * share) : Number.POSITIVE_INFINITY;
}
