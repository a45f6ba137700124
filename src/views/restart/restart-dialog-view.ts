import type {Snapshot} from '../../api/snapshot.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';

/** What the restart dialog shows is a function of this: the node as it is, and the context length being typed. */
export type RestartDialogInput = {
  readonly snapshot: Snapshot;
  /** Null while nothing is typed, or when what is typed is no number of tokens. */
  readonly draftContextTokens: number | null;
  /** Inner size of the dialog's content, without border and input line. */
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

/** The dialog's content: plan for the draft, what the restart does to those who are being served. */
export type RestartDialogView = {
  /** At most `rows` rows, none wider than `columns`. */
  readonly rows: readonly Row[];
  readonly canConfirm: boolean;
  /** Why Enter does nothing, one sentence; null when it may be pressed. */
  readonly blockedReason: string | null;
};

/** Pure. */
export type RestartDialogViewFunction = (input: RestartDialogInput) => RestartDialogView;
