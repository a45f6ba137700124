import type {ApiError} from '../../api/commands.ts';
import type {Preview, PreviewRequestInput} from '../../api/preview.ts';
import {createNewestAnswer, isSame, type NewestAnswer, type NewestAnswerOptions} from './newest-answer.ts';

/** The state of a question. */
export type PreviewAnswer =
  /** The supervisor has not answered yet. */
  | {readonly kind: 'checking'}
  | {readonly kind: 'judged'; readonly preview: Preview}
  | {readonly kind: 'failed'; readonly error: ApiError};

export type Previews = NewestAnswer<PreviewRequestInput, Preview> & {
  readonly answerTo: (question: PreviewRequestInput) => PreviewAnswer;
};

export type PreviewsOptions = Pick<NewestAnswerOptions<PreviewRequestInput, Preview>, 'ask' | 'nowMs'>;

/** The node changes while a dialog is open: GPU memory fills, ports are taken. Older answers are refreshed. */
const FRESH_FOR_MS = 10_000;

/** Asks the supervisor what a command would do. An answer to an outdated question is dropped: the node may have changed. */
export function createPreviews(options: PreviewsOptions): Previews {
  const newest = createNewestAnswer({...options, freshForMs: () => FRESH_FOR_MS, keepsOlder: false});
  return {
    ...newest,
    answerTo(question) {
      const answered = newest.getAnswered();
      if (answered === null || !isSame(answered.question, question)) return {kind: 'checking'};
      const {result} = answered;
      return result.ok ? {kind: 'judged', preview: result.value} : {kind: 'failed', error: result.error};
    },
  };
}
