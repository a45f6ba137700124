import type {ConsoleData} from '../../client/console-data.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {wrapText} from '../../views/drawing/wrap-text.ts';
import {restartDialogRows} from '../../views/restart/restart-dialog-view.ts';
import type {PanelView, Row} from '../../views/rows.ts';
import {withoutSupervisor} from '../keys/engine-availability.ts';
import type {PanelSize} from '../painting/paint-panel.ts';
import {answerKeys, type Marked, withAnswers} from './answers.ts';
import {restartAnswers} from './restart-answers.ts';
import {defineScreen, type ScreenContext, type ScreenKey, stay} from './screen.ts';
import {centered} from './screen-place.ts';
import {erase, meaningOf, pasteInto, prefilled, step, type TokenField, tokensIn, typeInto} from './token-field.ts';

type RestartState = Marked & {
  /** The context length as it is typed. */
  readonly field: TokenField;
};

const DIALOG_COLUMNS = 96;

const fieldKeys: readonly ScreenKey<RestartState>[] = [
  {
    keys: ['up'],
    shown: 'Up',
    description: 'next longer context',
    press: (state) => stay({...state, field: step(state.field, 1)}),
  },
  {
    keys: ['down'],
    shown: 'Down',
    description: 'next shorter context',
    press: (state) => stay({...state, field: step(state.field, -1)}),
  },
  {
    keys: ['backspace'],
    shown: 'Backspace',
    description: 'delete a character',
    press: (state) => stay({...state, field: erase(state.field)}),
  },
];

const answers = restartAnswers<RestartState>({
  command: commandOf,
  missing: 'no context length',
  pending: ({field}) => `restart with ${countText(tokensIn(field) ?? 0)} tokens of context`,
});

/** The restart dialog: the typed context length, its effect, and whether to restart with it. */
export const restartDialog = defineScreen<RestartState>({
  kind: 'dialog',
  name: 'Restart',
  opener: {
    keys: ['R'],
    hint: 'restart',
    description: 'restart with another context length; plans and asks first',
    group: 'Engine',
    disabledReason: restartDisabledReason,
    open: ({data}) => ({
      state: {field: prefilled(data.snapshot?.engine.settings?.contextLengthTokens), marked: 0},
    }),
  },
  keys: [...fieldKeys, ...answerKeys(answers, {next: ['tab', 'right'], previous: ['shift+tab', 'left']})],
  type(state, character) {
    // No number of tokens has these letters.
    if (answers.some(({key}) => key === character)) return null;
    const field = typeInto(state.field, character);
    return field === null ? null : {...state, field};
  },
  paste(state, text) {
    const field = pasteInto(text);
    return field === null ? null : {...state, field};
  },
  question(state) {
    const command = commandOf(state);
    return command === null ? null : {command};
  },
  draw: (state, context) => centered('restart', DIALOG_COLUMNS, context, (size) => restartView(state, size, context)),
});

function restartDisabledReason(data: ConsoleData): string | null {
  const reason = withoutSupervisor(data);
  if (reason !== null) return reason;
  return data.snapshot?.engine.settings == null ? 'the settings of this engine are unknown' : null;
}

function commandOf({field}: RestartState) {
  const contextLengthTokens = tokensIn(field);
  return contextLengthTokens === null ? null : ({type: 'restart', change: {contextLengthTokens}} as const);
}

function restartView(state: RestartState, size: PanelSize, context: ScreenContext): PanelView {
  const {glyphs} = context.pen;
  const command = commandOf(state);
  const {snapshot} = context.data;
  const content =
    snapshot === null
      ? []
      : restartDialogRows({
          snapshot,
          draftContextTokens: tokensIn(state.field),
          answer: command === null ? {kind: 'checking'} : context.answerTo({command}),
          ...size,
          glyphs,
        });
  return {
    title: 'Restart with a new context length',
    titleNote: '',
    tone: 'warning',
    rows: withAnswers([...inputRows(state, size, context), ...content], answers, state, size, context),
  };
}

/** The field with what was understood. */
function inputRows({field}: RestartState, {columns}: PanelSize, {pen: {glyphs}}: ScreenContext): Row[] {
  const meaning = meaningOf(field);
  const input: Row = [
    {text: 'Context length ', tone: 'normal'},
    {text: `[${field.text}_]`, tone: 'accent'},
  ];
  if (!meaning.isValid) return [input, ...wrapText(meaning.text, 'critical', columns, 3, glyphs)];
  return [[...input, {text: ` ${meaning.text}`, tone: 'strong'}, {text: '  (type, or Up and Down)', tone: 'dim'}]];
}
