import type {EngineState} from '../../domain/lifecycle/phases.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {consequenceRows} from '../../views/restart/restart-consequences.ts';
import {keySpec} from '../keys/key-table.ts';
import type {Answer} from './answers.ts';
import {defineScreen} from './define-screen.ts';
import {type Asked, asked, drawQuestion, type Question, questionKeys} from './question.ts';
import {DRAIN_MS, drainUnavailable} from './restart-answers.ts';
import {QUESTION_COLUMNS} from './screen-place.ts';

const drainableStates: readonly EngineState[] = ['ready', 'degraded', 'draining'];

const answers: readonly Answer<Asked>[] = [
  {
    id: 'dialog.no',
    label: 'Keep it running',
    react: () => ({kind: 'close'}),
  },
  {
    id: 'dialog.drain',
    label: `Let requests finish (up to ${secondsText(DRAIN_MS)}), then stop`,
    unavailable: (_, context) => drainUnavailable(context, drainableStates),
    react: () => ({
      kind: 'send',
      command: {type: 'stop', drainMs: DRAIN_MS},
      pending: 'stop the engine after its running requests have finished',
    }),
  },
  {
    id: 'dialog.yes',
    label: 'Stop now',
    react: () => ({kind: 'send', command: {type: 'stop'}, pending: 'stop the engine'}),
  },
];

const question: Question<Asked> = {
  id: 'stop',
  columns: QUESTION_COLUMNS,
  title: (_, snapshot) => `Stop ${snapshot?.engine.displayName ?? 'the engine'}?`,
  text: (_, {data: {snapshot}, pen: {glyphs}}, columns) =>
    snapshot === null ? [] : consequenceRows(snapshot, {columns, glyphs}),
  answers,
};

/** "Stop the engine?", with the effect on current clients, and the cost of starting it again. */
export const stopDialog = defineScreen<Asked>({
  kind: 'dialog',
  name: 'Stop',
  opener: {
    ...keySpec('engine.stop'),
    open: () => ({state: asked}),
  },
  keys: questionKeys(question),
  draw: (state, context) => drawQuestion(question, state, context),
});
