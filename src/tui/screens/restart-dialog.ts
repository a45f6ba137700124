import type {Snapshot} from '../../api/snapshot.ts';
import {isTokenCharacter} from '../../domain/settings/token-count.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {wrapText} from '../../views/drawing/wrap-text.ts';
import {restartDialogRows} from '../../views/restart/restart-dialog-view.ts';
import type {Row} from '../../views/rows.ts';
import {isCharacter} from '../keys/key-names.ts';
import {keySpec} from '../keys/key-table.ts';
import {rowWidth} from '../painting/paint-row.ts';
import {defineScreen} from './define-screen.ts';
import {type Asked, asked, drawQuestion, type Question, questionKeys} from './question.ts';
import {restartAnswers} from './restart-answers.ts';
import {type ScreenContext, type ScreenKey, stay} from './screen.ts';
import {erase, meaningOf, pasteInto, prefilled, step, type TokenField, tokensIn, typeInto} from './token-field.ts';

type RestartState = Asked & {
  /** The context length as it is typed. */
  readonly field: TokenField;
};

const DIALOG_COLUMNS = 96;

const fieldKeys: readonly ScreenKey<RestartState>[] = [
  {
    ...keySpec('restart.longer'),
    press: (state) => stay({...state, field: step(state.field, 1)}),
  },
  {
    ...keySpec('restart.shorter'),
    press: (state) => stay({...state, field: step(state.field, -1)}),
  },
  {
    ...keySpec('restart.erase'),
    press: (state) => stay({...state, field: erase(state.field)}),
  },
];

const answers = restartAnswers<RestartState>({
  command: commandOf,
  missing: 'no context length',
  pending: ({field}) => `restart with ${countText(tokensIn(field) ?? 0)} tokens of context`,
});

const question: Question<RestartState> = {
  id: 'restart',
  columns: DIALOG_COLUMNS,
  title: () => 'Restart with a new context length',
  text: restartRows,
  answers,
  moving: {next: 'restart.next', previous: 'restart.previous'},
};

/** The restart dialog: the typed context length, its effect, and whether to restart with it. */
export const restartDialog = defineScreen<RestartState>({
  kind: 'dialog',
  name: 'Restart',
  opener: {
    ...keySpec('engine.restart'),
    open: ({data}) => ({
      state: {...asked, field: prefilled(nextContextTokens(data.snapshot))},
    }),
  },
  keys: [...fieldKeys, ...questionKeys(question)],
  type(state, character, keymap) {
    // No number of tokens has these letters.
    if (answers.some(({id}) => keymap.has(id, character))) return null;
    const field = typeInto(state.field, character);
    return field === null ? null : {...state, field};
  },
  isTextKey: (key, id) => (answers.some((answer) => answer.id === id) ? isTokenCharacter(key) : isCharacter(key)),
  paste(state, text) {
    const field = pasteInto(text);
    return field === null ? null : {...state, field};
  },
  question(state) {
    const command = commandOf(state);
    return command === null ? null : {command};
  },
  draw: (state, context) => drawQuestion(question, state, context),
});

/** What a restart without a typed length would use: an edited configuration comes before what runs. */
function nextContextTokens(snapshot: Snapshot | null): number | undefined {
  const row = snapshot?.configuration.values.find(({key}) => key === 'engine.contextLengthTokens');
  const edited = row?.isPending === true ? row.configured?.value : undefined;
  return typeof edited === 'number' ? edited : snapshot?.engine.settings?.contextLengthTokens;
}

function commandOf({field}: RestartState) {
  const contextLengthTokens = tokensIn(field);
  return contextLengthTokens === null ? null : ({type: 'restart', change: {contextLengthTokens}} as const);
}

function restartRows(state: RestartState, context: ScreenContext, columns: number): readonly Row[] {
  const {glyphs} = context.pen;
  const command = commandOf(state);
  const {snapshot} = context.data;
  const input = inputRows(state, columns, context);
  if (snapshot === null) return input;
  const answer = command === null ? ({kind: 'checking'} as const) : context.answerTo({command});
  const draftContextTokens = tokensIn(state.field);
  return [...input, ...restartDialogRows({snapshot, draftContextTokens, answer, columns, glyphs})];
}

/** The field with what was understood. */
function inputRows({field}: RestartState, columns: number, {pen}: ScreenContext): Row[] {
  const meaning = meaningOf(field);
  const input: Row = [
    {text: 'Context length ', tone: 'normal'},
    {text: `[${field.text}_]`, tone: 'accent'},
  ];
  if (!meaning.isValid) return [input, ...wrapText(meaning.text, 'critical', columns, 3, pen.glyphs)];
  const understood: Row = [...input, {text: ` ${meaning.text}`, tone: 'strong'}];
  const hint = {text: '  (type, or Up and Down)', tone: 'dim'} as const;
  return [rowWidth([...understood, hint], pen) <= columns ? [...understood, hint] : understood];
}
