import type {Snapshot} from '../../api/snapshot.ts';
import type {GlyphSet} from '../../views/glyphs.ts';
import type {RestartDialogView, RestartDialogViewFunction} from '../../views/restart/restart-dialog-view.ts';
import type {PanelView, Row} from '../../views/rows.ts';
import {wrapText} from '../painting/wrap-text.ts';
import {draftTokens} from '../state/context-steps.ts';

export type RestartDialogProps = {
  readonly snapshot: Snapshot;
  readonly draft: string;
  /** Inner size of the dialog. */
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

/** Rows the dialog needs beside the content: the input line and one of air above, the blocked reason below. */
const OWN_ROWS = 4;

/** The content for a draft; asked for drawing and again when Enter is pressed. */
export function restartContent(view: RestartDialogViewFunction, props: RestartDialogProps): RestartDialogView {
  return view({
    snapshot: props.snapshot,
    draftContextTokens: draftTokens(props.draft),
    columns: props.columns,
    rows: Math.max(0, props.rows - OWN_ROWS),
    glyphs: props.glyphs,
  });
}

/** The restart dialog: the context length being typed, what it would do, and whether Enter works. */
export function restartDialog(view: RestartDialogViewFunction, props: RestartDialogProps): PanelView {
  const content = restartContent(view, props);
  const hint = content.blockedReason ?? 'Enter restarts with this context length, Esc keeps everything as it is.';
  const tone = content.canConfirm ? 'dim' : 'critical';
  return {
    title: 'Restart with a new context length',
    titleNote: '',
    tone: 'warning',
    rows: [
      inputRow(props.draft),
      [],
      ...content.rows,
      ...wrapText(hint, props.columns, 2, props.glyphs.ellipsis).map((text): Row => [{text, tone}]),
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
