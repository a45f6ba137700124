import type {ApiError} from '../../api/commands.ts';
import {createListeners} from '../../shared/listeners.ts';
import {err, type Result} from '../../shared/result.ts';

/** The last answer, with its question. */
export type Answered<Question, Answer> = {
  readonly question: Question;
  readonly result: Result<Answer, ApiError>;
  /** When it arrived, by the clock of the options. */
  readonly atMs: number;
};

export type NewestAnswerOptions<Question, Answer> = {
  readonly ask: (question: Question) => Promise<Result<Answer, ApiError>>;
  readonly nowMs: () => number;
  /** How long an answer to this question is good, ms. */
  readonly freshForMs: (question: Question) => number;
  /** True: an answer stays until that to the next question arrives. False: it is dropped when another one is asked. */
  readonly keepsOlder: boolean;
};

/** Asks the supervisor what a screen needs at the moment. */
export type NewestAnswer<Question, Answer> = {
  /** Replaces the current question; null for none. */
  readonly want: (question: Question | null) => void;
  /** The same object until the answer changes; null before there is one. */
  readonly getAnswered: () => Answered<Question, Answer> | null;
  readonly subscribe: (listener: () => void) => () => void;
};

/** A question that failed is asked again after this time. */
const FAILED_FOR_MS = 2_000;

/**
 * One question is in progress at a time; of those that arrive meanwhile only the newest is asked next. A question that is
 * still wanted is asked again when its answer is no longer fresh.
 */
export function createNewestAnswer<Question, Answer>(
  options: NewestAnswerOptions<Question, Answer>,
): NewestAnswer<Question, Answer> {
  const {nowMs, keepsOlder} = options;
  const listeners = createListeners<[]>();
  let wanted: Question | null = null;
  let isAsking = false;
  let answered: Answered<Question, Answer> | null = null;

  function keep(next: Answered<Question, Answer> | null): void {
    if (next === answered) return;
    answered = next;
    listeners.notify();
  }

  function isFresh(question: Question): boolean {
    if (answered === null || !isSame(answered.question, question)) return false;
    return nowMs() - answered.atMs < (answered.result.ok ? options.freshForMs(question) : FAILED_FOR_MS);
  }

  function askNext(): void {
    if (isAsking || wanted === null || isFresh(wanted)) return;
    isAsking = true;
    void askNow(wanted);
  }

  async function askNow(question: Question): Promise<void> {
    const result = await answerFrom(options.ask, question);
    isAsking = false;
    if (wanted !== null && (keepsOlder || isSame(question, wanted))) keep({question, result, atMs: nowMs()});
    askNext();
  }

  return {
    want(question) {
      wanted = question;
      const isOther = answered !== null && (question === null || !(keepsOlder || isSame(answered.question, question)));
      if (isOther) keep(null);
      askNext();
    },
    getAnswered: () => answered,
    subscribe: listeners.subscribe,
  };
}

/** True if both ask for the same. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The answer, or why there is none. */
export async function answerFrom<Question, Answer>(
  ask: NewestAnswerOptions<Question, Answer>['ask'],
  question: Question,
): Promise<Result<Answer, ApiError>> {
  try {
    return await ask(question);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return err({code: 'client.failed', message, remedy: 'Read the log of the supervisor.'});
  }
}
