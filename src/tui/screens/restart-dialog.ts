import type {ConsoleData} from '../../client/console-data.ts';
import type {RestartDialogView, RestartDialogViewFunction} from '../../views/restart/restart-dialog-view.ts';
import type {PanelView, Row} from '../../views/rows.ts';
import {withoutSupervisor} from '../keys/engine-availability.ts';
import {innerSize} from '../painting/paint-panel.ts';
import {wrapText} from '../painting/wrap-text.ts';
import {draftTokens, stepDraft, typeDigit} from './context-steps.ts';
import {centeredRect} from './placement.ts';
import {type DefinedScreen, defineScreen, type Reaction, refuse, type ScreenContext, stay} from './screen.ts';

type RestartState = {
  /** Digits of the context length as they are typed. */
  readonly draft: string;
};

const DIALOG_COLUMNS = 96;
const DIALOG_ROWS = 28;
/** Rows the dialog needs beside the content: the input line and one of air above, the blocked reason below. */
const OWN_ROWS = 4;

/** The restart dialog: the context length being typed, what it would do, and whether Enter works. */
export function createRestartDialog(view: RestartDialogViewFunction): DefinedScreen<RestartState> {
  return defineScreen<RestartState>({
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
    keys: [
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
        description: 'erase a digit',
        press: ({draft}) => stay({draft: draft.slice(0, -1)}),
      },
      {
        keys: ['enter'],
        shown: 'Enter',
        hint: 'restart',
        description: 'restart with this context length',
        press: (state, context) => confirm(state, context, view),
      },
    ],
    type: ({draft}, character) => (/^[0-9]$/.test(character) ? {draft: typeDigit(draft, character)} : null),
    paste: ({draft}, text) => (/^\d{1,8}$/.test(text) ? {draft: [...text].reduce(typeDigit, draft)} : null),
    draw(state, context) {
      const content = contentOf(state, context, view);
      if (content === null) return [];
      return [{id: 'restart', view: dialogView(state, content, context), rect: rectOf(context), isFocused: true}];
    },
  });
}

function restartDisabledReason(data: ConsoleData): string | null {
  const reason = withoutSupervisor(data);
  if (reason !== null) return reason;
  return data.snapshot?.engine.settings == null ? 'the settings of this engine are not known' : null;
}

function confirm(state: RestartState, context: ScreenContext, view: RestartDialogViewFunction): Reaction<RestartState> {
  const contextLengthTokens = draftTokens(state.draft);
  if (contextLengthTokens === null) return refuse('type a context length first');
  const content = contentOf(state, context, view);
  if (content !== null && !content.canConfirm)
    return refuse(content.blockedReason ?? 'this context length cannot be started');
  return {
    kind: 'send',
    command: {type: 'restart', change: {contextLengthTokens}},
    pending: `restart with ${contextLengthTokens} tokens of context`,
  };
}

/** The content for a draft; asked for drawing and again when Enter is pressed. */
function contentOf(
  {draft}: RestartState,
  context: ScreenContext,
  view: RestartDialogViewFunction,
): RestartDialogView | null {
  const {snapshot} = context.data;
  if (snapshot === null) return null;
  const {columns, rows} = innerSize(rectOf(context));
  return view({
    snapshot,
    draftContextTokens: draftTokens(draft),
    columns,
    rows: Math.max(0, rows - OWN_ROWS),
    glyphs: context.pen.glyphs,
  });
}

function rectOf({area}: ScreenContext) {
  return centeredRect(area, DIALOG_COLUMNS, DIALOG_ROWS);
}

function dialogView({draft}: RestartState, content: RestartDialogView, context: ScreenContext): PanelView {
  const {columns} = innerSize(rectOf(context));
  const hint = content.blockedReason ?? 'Enter restarts with this context length, Esc keeps everything as it is.';
  const tone = content.canConfirm ? 'dim' : 'critical';
  return {
    title: 'Restart with a new context length',
    titleNote: '',
    tone: 'warning',
    rows: [
      inputRow(draft),
      [],
      ...content.rows,
      ...wrapText(hint, columns, 2, context.pen.glyphs.ellipsis).map((text): Row => [{text, tone}]),
    ],
  };
}

function inputRow(draft: string): Row {
  return [
    {text: 'Context length ', tone: 'normal'},
    {text: `[${draft}_]`, tone: 'accent'},
    {text: ' tokens  (type, or Up and Down)', tone: 'dim'},
  ];
}
