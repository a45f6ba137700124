import type {Snapshot} from '../../api/snapshot.ts';
import type {GlyphSet} from '../../views/glyphs.ts';
import type {PanelView, Row} from '../../views/rows.ts';
import {settingName, settingValueText} from '../../views/words.ts';
import {type CureChoice, cureChoices} from '../state/console-state.ts';
import type {Cure} from '../state/cure.ts';
import {choiceRow, comebackSentence, requestsSentence, withAnswers, wrapped} from './consequences.ts';

export type CureDialogProps = {
  readonly snapshot: Snapshot;
  readonly cure: Cure;
  readonly choice: CureChoice;
  /** The most the dialog's inside may take. */
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

const labels: Readonly<Record<CureChoice, string>> = {
  keep: 'n  Leave everything as it is',
  now: 'y  Restart with these settings now',
};

/** "Restart with the settings that cure it?": what is wrong, what would change, and what the restart costs. */
export function cureDialog({snapshot, cure, choice, columns, rows, glyphs}: CureDialogProps): PanelView {
  const {finding, change} = cure;
  const {ellipsis} = glyphs;
  const consequences = [
    snapshot.engine.pid === null ? null : requestsSentence(snapshot),
    comebackSentence(snapshot),
  ].filter((sentence) => sentence !== null);
  const changes = Object.entries(change).map(([name, value]): Row => {
    const present = Object.entries(snapshot.engine.settings ?? {}).find(([key]) => key === name)?.[1];
    const before = present === undefined ? '' : `${settingValueText(name, present)} ${glyphs.arrow} `;
    return [{text: `  ${settingName(name)}: ${before}${settingValueText(name, value ?? null)}`, tone: 'strong'}];
  });
  return {
    title:
      finding.code === 'plan.draft' ? 'Restart with the planned settings?' : 'Restart with the settings that cure it?',
    titleNote: finding.severity,
    tone: 'warning',
    rows: withAnswers(
      [
        ...wrapped(finding.message, 'normal', columns, ellipsis),
        ...changes,
        ...consequences.flatMap((sentence) => wrapped(sentence, 'normal', columns, ellipsis)),
        ...wrapped(finding.remedy, 'dim', columns, ellipsis),
      ],
      cureChoices.map((candidate) => choiceRow(labels[candidate], candidate === choice)),
      rows,
    ),
  };
}
