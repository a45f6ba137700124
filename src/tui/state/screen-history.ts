import {createHistoryAnswers, type HistoryAnswersOptions} from '../../client/answers/history-answers.ts';
import type {HistoryQuestion} from '../../views/history-screen/history-choice.ts';
import type {ScreenContext} from '../screens/screen.ts';

/** The history that the screen on top needs. */
export type ScreenHistory = {
  /** Null while no screen needs one. */
  readonly want: (question: HistoryQuestion | null) => void;
  readonly answers: () => ScreenContext['history'];
  readonly subscribe: (listener: () => void) => () => void;
};

/** Reads the plotted series and, apart from them, all series around a cursor: that is moved more often than the window. */
export function createScreenHistory(ask: HistoryAnswersOptions['ask'], nowMs: () => number): ScreenHistory {
  const window = createHistoryAnswers({ask, nowMs});
  const moment = createHistoryAnswers({ask, nowMs});
  return {
    want(question) {
      window.want(question?.window ?? null);
      moment.want(question?.moment ?? null);
    },
    answers: () => ({window: window.answer(), moment: moment.answer()}),
    subscribe(listener) {
      const stops = [window.subscribe(listener), moment.subscribe(listener)];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
