import type {ApiError} from '../api/commands.ts';
import type {Preview, PreviewRequestInput} from '../api/preview.ts';
import type {Result} from '../shared/result.ts';

/** The state of a question. */
export type PreviewAnswer =
  /** The supervisor has not answered yet. */
  | {readonly kind: 'checking'}
  | {readonly kind: 'judged'; readonly preview: Preview}
  | {readonly kind: 'failed'; readonly error: ApiError};

export type Previews = {
  /** Replaces the current question; null for none. */
  readonly want: (question: PreviewRequestInput | null) => void;
  readonly answerTo: (question: PreviewRequestInput) => PreviewAnswer;
  /** The same object until the answer changes. */
  readonly getAnswer: () => Answered | null;
  readonly subscribe: (listener: () => void) => () => void;
};

/** The last answer, with its question. */
type Answered = {readonly key: string; readonly answer: PreviewAnswer; readonly atMs: number};

/** The node changes while a dialog is open: GPU memory fills, ports are taken. Older answers are refreshed. */
const FRESH_FOR_MS = 10_000;
const FAILED_FOR_MS = 2_000;

export type PreviewsOptions = {
  readonly ask: (question: PreviewRequestInput) => Promise<Result<Preview, ApiError>>;
  readonly nowMs: () => number;
};

/**
 * Asks the supervisor what a command would do. One question is in progress at a time; of those that arrive meanwhile
 * only the newest is asked next. An answer to an outdated question is dropped.
 */
export function createPreviews({ask, nowMs}: PreviewsOptions): Previews {
  const listeners = new Set<() => void>();
  let wanted: PreviewRequestInput | null = null;
  let isAsking = false;
  let answered: Answered | null = null;

  function keep(next: Answered | null): void {
    if (next === answered) return;
    answered = next;
    for (const listener of listeners) listener();
  }

  function askNext(): void {
    if (isAsking || wanted === null || isFresh(answered, wanted, nowMs())) return;
    isAsking = true;
    void askNow(wanted);
  }

  async function askNow(question: PreviewRequestInput): Promise<void> {
    const answer = await answerFrom(ask, question);
    isAsking = false;
    const key = keyOf(question);
    if (wanted !== null && keyOf(wanted) === key) keep({key, answer, atMs: nowMs()});
    askNext();
  }

  return {
    want(question) {
      wanted = question;
      // The same question later needs a new answer: the node may have changed.
      if (answered !== null && (question === null || keyOf(question) !== answered.key)) keep(null);
      askNext();
    },
    answerTo: (question) => (answered?.key === keyOf(question) ? answered.answer : {kind: 'checking'}),
    getAnswer: () => answered,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

async function answerFrom(ask: PreviewsOptions['ask'], question: PreviewRequestInput): Promise<PreviewAnswer> {
  try {
    const result = await ask(question);
    return result.ok ? {kind: 'judged', preview: result.value} : {kind: 'failed', error: result.error};
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {kind: 'failed', error: {code: 'client.failed', message, remedy: 'Read the log of the supervisor.'}};
  }
}

function isFresh(answered: Answered | null, wanted: PreviewRequestInput, nowMs: number): boolean {
  if (answered === null || answered.key !== keyOf(wanted)) return false;
  return nowMs - answered.atMs < (answered.answer.kind === 'failed' ? FAILED_FOR_MS : FRESH_FOR_MS);
}

function keyOf(question: PreviewRequestInput): string {
  return JSON.stringify(question);
}
