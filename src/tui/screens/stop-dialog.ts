import type {ConsoleData} from '../../client/console-data.ts';
import type {EngineState} from '../../domain/lifecycle/phases.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {consequenceRows} from '../../views/restart/restart-consequences.ts';
import {unlessState} from '../keys/engine-availability.ts';
import type {Answer} from './answers.ts';
import {type Asked, asked, drawQuestion, type Question, questionKeys} from './question.ts';
import {DRAIN_MS, drainUnavailable} from './restart-answers.ts';
import {defineScreen} from './screen.ts';
import {QUESTION_COLUMNS} from './screen-place.ts';

const stoppableStates: readonly EngineState[] = [
  'preflight',
  'starting',
  'ready',
  'degraded',
  'draining',
  'backing-off',
  // A failed engine may have left processes that use GPU memory.
  'failed',
];

const drainableStates: readonly EngineState[] = ['ready', 'degraded', 'draining'];

const answers: readonly Answer<Asked>[] = [
  {
    key: 'n',
    label: 'Keep it running',
    hint: 'no',
    description: 'no, change nothing',
    react: () => ({kind: 'close'}),
  },
  {
    key: 'd',
    label: `Let requests finish (up to ${secondsText(DRAIN_MS)}), then stop`,
    hint: 'drain first',
    description: 'yes, after running requests have finished',
    unavailable: (_, context) => drainUnavailable(context, drainableStates),
    react: () => ({
      kind: 'send',
      command: {type: 'stop', drainMs: DRAIN_MS},
      pending: 'stop the engine after its running requests have finished',
    }),
  },
  {
    key: 'y',
    label: 'Stop now',
    hint: 'yes, now',
    description: 'yes, now',
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

function nothingToStop({snapshot}: ConsoleData): string | null {
  return snapshot?.engine.state === 'failed' && snapshot.engine.pid === null ? 'no process of the engine runs' : null;
}

/** "Stop the engine?", with the effect on current clients, and the cost of starting it again. */
export const stopDialog = defineScreen<Asked>({
  kind: 'dialog',
  name: 'Stop',
  opener: {
    keys: ['x'],
    hint: 'stop',
    description: 'stop the engine; asks first',
    group: 'Engine',
    disabledReason: (data) => unlessState(data, stoppableStates) ?? nothingToStop(data),
    open: () => ({state: asked}),
  },
  keys: questionKeys(question),
  draw: (state, context) => drawQuestion(question, state, context),
});
