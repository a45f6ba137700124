import type {PreviewRequestInput} from '../../api/preview.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import {wrapText} from '../../views/drawing/wrap-text.ts';
import {refusalOfAnswer} from '../../views/restart/judgement-rows.ts';
import {restartDialogRows} from '../../views/restart/restart-dialog-view.ts';
import type {PanelView, Row, Tone} from '../../views/rows.ts';
import {withoutSupervisor} from '../keys/engine-availability.ts';
import {innerSize} from '../painting/paint-panel.ts';
import {draftTokens, stepDraft, typeTokens} from './context-steps.ts';
import {defineScreen, type Reaction, refuse, type ScreenContext, type ScreenKey, stay} from './screen.ts';
import {centeredRect} from './screen-place.ts';

type RestartState = {
  /** The context length as it is typed. */
  readonly draft: string;
};

const DIALOG_COLUMNS = 96;
const DIALOG_ROWS = 28;
/** Rows of the dialog in addition to the content: input line and blank line above, the effect of Enter below. */
const OWN_ROWS = 4;

const keys: readonly ScreenKey<RestartState>[] = [
  {
    keys: ['up'],
    shown: 'Up',
    hint: 'longer',
    description: 'next longer context',
    press: ({draft}) => stay({draft: stepDraft(draft, 1)}),
  },
  {
    keys: ['down'],
    shown: 'Down',
    hint: 'shorter',
    description: 'next shorter context',
    press: ({draft}) => stay({draft: stepDraft(draft, -1)}),
  },
  {
    keys: ['backspace'],
    shown: 'Backspace',
    description: 'delete a digit',
    press: ({draft}) => stay({draft: draft.slice(0, -1)}),
  },
  {
    keys: ['enter'],
    shown: 'Enter',
    hint: 'restart',
    description: 'restart with this context length',
    press: confirm,
  },
];

/** The restart dialog: the typed context length, its effect, and whether Enter is enabled. */
export const restartDialog = defineScreen<RestartState>({
  kind: 'dialog',
  name: 'Restart',
  opener: {
    keys: ['R'],
    hint: 'restart',
    description: 'restart with another context length; plans and asks first',
    group: 'Engine',
    disabledReason: restartDisabledReason,
    open({data}) {
      const tokens = data.snapshot?.engine.settings?.contextLengthTokens;
      return {state: {draft: tokens === undefined ? '' : String(tokens)}};
    },
  },
  keys,
  type({draft}, character) {
    const typed = typeTokens(draft, character);
    return typed === null ? null : {draft: typed};
  },
  paste({draft}, text) {
    if (draftTokens(text) === null) return null;
    return {draft: [...text].reduce((typed, character) => typeTokens(typed, character) ?? typed, draft)};
  },
  question: questionOf,
  draw(state, context) {
    const view = viewOf(state, context);
    return view === null ? [] : [{id: 'restart', view, rect: rectOf(context), isFocused: true}];
  },
});

function restartDisabledReason(data: ConsoleData): string | null {
  const reason = withoutSupervisor(data);
  if (reason !== null) return reason;
  return data.snapshot?.engine.settings == null ? 'the settings of this engine are unknown' : null;
}

function questionOf({draft}: RestartState): PreviewRequestInput | null {
  const contextLengthTokens = draftTokens(draft);
  return contextLengthTokens === null ? null : {command: {type: 'restart', change: {contextLengthTokens}}};
}

/** Unchecked input is still sent: the supervisor checks it before it stops the engine. */
function confirm(state: RestartState, {answerTo}: ScreenContext): Reaction<RestartState> {
  const question = questionOf(state);
  if (question === null) return refuse('type a context length first');
  const refusal = refusalOfAnswer(answerTo(question));
  if (refusal !== null) return refuse(refusal.message, refusal.remedy);
  return {kind: 'send', command: question.command, pending: `restart with ${state.draft} tokens of context`};
}

function rectOf({area}: ScreenContext) {
  return centeredRect(area, DIALOG_COLUMNS, DIALOG_ROWS);
}

function viewOf(state: RestartState, context: ScreenContext): PanelView | null {
  const {snapshot} = context.data;
  if (snapshot === null) return null;
  const {glyphs} = context.pen;
  const {columns, rows} = innerSize(rectOf(context));
  const question = questionOf(state);
  const answer = question === null ? ({kind: 'checking'} as const) : context.answerTo(question);
  const content = restartDialogRows({
    snapshot,
    draftContextTokens: draftTokens(state.draft),
    answer,
    columns,
    rows: Math.max(0, rows - OWN_ROWS),
    glyphs,
  });
  const {text, tone} = enterHint(state, context);
  return {
    title: 'Restart with a new context length',
    titleNote: '',
    tone: 'warning',
    rows: [inputRow(state.draft), [], ...content, ...wrapText(text, tone, columns, 2, glyphs)],
  };
}

/** What Enter would do now. */
function enterHint(state: RestartState, {answerTo}: ScreenContext): {readonly text: string; readonly tone: Tone} {
  const question = questionOf(state);
  if (question === null) return {text: 'Type a context length in tokens.', tone: 'critical'};
  const answer = answerTo(question);
  if (answer.kind !== 'judged') {
    return {
      text: 'Not checked yet. Enter sends the restart anyway: the supervisor checks it before it stops the engine.',
      tone: 'warning',
    };
  }
  return answer.preview.blockers.length === 0
    ? {text: 'Enter restarts with this context length, Esc cancels.', tone: 'dim'}
    : {text: 'Enter is disabled: this restart would be refused. Esc cancels.', tone: 'critical'};
}

function inputRow(draft: string): Row {
  return [
    {text: 'Context length ', tone: 'normal'},
    {text: `[${draft}_]`, tone: 'accent'},
    {text: ' tokens  (type, or Up and Down)', tone: 'dim'},
  ];
}
