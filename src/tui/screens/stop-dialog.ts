import type {Snapshot} from '../../api/snapshot.ts';
import type {EngineState} from '../../domain/lifecycle/phases.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {consequenceRows} from '../../views/restart/restart-consequences.ts';
import type {PanelView} from '../../views/rows.ts';
import {unlessState} from '../keys/engine-availability.ts';
import type {PanelSize} from '../painting/paint-panel.ts';
import {type Answer, answerKeys, type Marked, withAnswers} from './answers.ts';
import {DRAIN_MS} from './restart-answers.ts';
import {defineScreen, type ScreenContext} from './screen.ts';
import {centered, QUESTION_COLUMNS} from './screen-place.ts';

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

const answers: readonly Answer<Marked>[] = [
  {
    key: 'n',
    label: 'Keep it running',
    hint: 'no',
    description: 'no, change nothing',
    react: () => ({kind: 'close'}),
  },
  {
    key: 'd',
    label: `Let running requests finish (up to ${secondsText(DRAIN_MS)}), then stop`,
    hint: 'drain first',
    description: 'yes, after running requests have finished',
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

/** "Stop the engine?", with the effect on current clients, and the cost of starting it again. */
export const stopDialog = defineScreen<Marked>({
  kind: 'dialog',
  name: 'Stop',
  opener: {
    keys: ['x'],
    hint: 'stop',
    description: 'stop the engine; asks first',
    group: 'Engine',
    disabledReason: (data) => unlessState(data, stoppableStates),
    open: () => ({state: {marked: 0}}),
  },
  keys: answerKeys(answers),
  draw(state, context) {
    const {snapshot} = context.data;
    if (snapshot === null) return [];
    return centered('stop', QUESTION_COLUMNS, context, (size) => stopView(snapshot, state, size, context));
  },
});

function stopView(snapshot: Snapshot, state: Marked, size: PanelSize, context: ScreenContext): PanelView {
  const text = consequenceRows(snapshot, {columns: size.columns, glyphs: context.pen.glyphs});
  return {
    title: `Stop ${snapshot.engine.displayName ?? 'the engine'}?`,
    titleNote: '',
    tone: 'warning',
    rows: withAnswers(text, answers, state, size, context),
  };
}
