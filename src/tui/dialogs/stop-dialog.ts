import type {Snapshot} from '../../api/snapshot.ts';
import type {GlyphSet} from '../../views/glyphs.ts';
import type {PanelView} from '../../views/rows.ts';
import {type StopChoice, stopChoices} from '../state/console-state.ts';
import {DRAIN_MS} from '../state/press.ts';
import {choiceRow, comebackSentence, requestsSentence, withAnswers, wrapped} from './consequences.ts';

const labels: Readonly<Record<StopChoice, string>> = {
  keep: 'n  Keep it running',
  drain: `d  Let running requests end first (up to ${DRAIN_MS / 1000} s), then stop`,
  now: 'y  Stop now',
};

export type StopDialogProps = {
  readonly snapshot: Snapshot;
  readonly choice: StopChoice;
  /** The most the dialog's inside may take. */
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

/** "Stop the engine?", with what it does to those who are being served, and what coming back costs. */
export function stopDialog({snapshot, choice, columns, rows, glyphs}: StopDialogProps): PanelView {
  const consequences = [requestsSentence(snapshot), comebackSentence(snapshot)].filter((sentence) => sentence !== null);
  return {
    title: `Stop ${snapshot.engine.name ?? 'the engine'}?`,
    titleNote: '',
    tone: 'warning',
    rows: withAnswers(
      consequences.flatMap((sentence) => wrapped(sentence, 'normal', columns, glyphs.ellipsis)),
      stopChoices.map((candidate) => choiceRow(labels[candidate], candidate === choice)),
      rows,
    ),
  };
}
