import type {Snapshot} from '../../api/snapshot.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {SettingsChange} from '../../domain/settings/launch-settings.ts';
import {shownChange} from '../../domain/settings/settings-difference.ts';
import type {GlyphSet} from '../../views/glyphs.ts';
import type {PanelView, Row} from '../../views/rows.ts';
import {appliedCure} from '../../views/words.ts';
import {withoutSupervisor} from '../keys/engine-availability.ts';
import type {PanelSize} from '../painting/paint-panel.ts';
import {type Answer, answerKeys, type Marked, withAnswers} from './answers.ts';
import {comebackSentence, requestsSentence, wrapped} from './consequences.ts';
import {centered, QUESTION_COLUMNS} from './placement.ts';
import {defineScreen} from './screen.ts';

/** A finding that new settings would cure, and those settings. */
export type Cure = {readonly finding: Finding; readonly change: SettingsChange};
export type CureState = Marked & {readonly cure: Cure};

const answers: readonly Answer<CureState>[] = [
  {
    key: 'n',
    label: 'Leave everything as it is',
    hint: 'no',
    description: 'no: everything stays as it is',
    react: () => ({kind: 'close'}),
  },
  {
    key: 'y',
    label: 'Restart with these settings now',
    hint: 'yes, now',
    description: 'yes, now',
    react: ({cure: {change}}) => ({
      kind: 'send',
      command: {type: 'restart', change},
      pending: 'restart with the settings that cure it',
    }),
  },
];

/** "Restart with the settings that cure it?": what is wrong, what would change, and what the restart costs. */
export const cureDialog = defineScreen<CureState>({
  kind: 'dialog',
  name: 'Cure',
  opener: {
    keys: ['a'],
    hint: 'apply cure',
    description: 'restart with the settings that cure the worst finding; asks first',
    group: 'Engine',
    disabledReason: (data) => withoutSupervisor(data) ?? (cureOf(data) === null ? NO_CURE : null),
    open({data}) {
      const cure = cureOf(data);
      return cure === null ? {refused: NO_CURE} : {state: {cure, marked: 0}};
    },
  },
  keys: answerKeys(answers),
  draw(state, context) {
    const {snapshot} = context.data;
    if (snapshot === null) return [];
    return centered('cure', QUESTION_COLUMNS, context, (size) => cureView(snapshot, state, size, context.pen.glyphs));
  },
});

const NO_CURE = 'no setting cures what is wrong';

/** The cure of the worst trouble there is; null when no setting cures that. Tips cure nothing. */
function cureOf({snapshot}: ConsoleData): Cure | null {
  const finding = appliedCure(snapshot?.findings ?? []);
  return finding === undefined || finding.settingsChange === null ? null : {finding, change: finding.settingsChange};
}

function cureView(snapshot: Snapshot, state: CureState, {columns, rows}: PanelSize, glyphs: GlyphSet): PanelView {
  const {finding} = state.cure;
  const {ellipsis} = glyphs;
  const consequences = [
    snapshot.engine.pid === null ? null : requestsSentence(snapshot),
    comebackSentence(snapshot),
  ].filter((sentence) => sentence !== null);
  const text = [
    ...wrapped(finding.message, 'normal', columns, ellipsis),
    ...changeRows(snapshot, state.cure, glyphs),
    ...consequences.flatMap((sentence) => wrapped(sentence, 'normal', columns, ellipsis)),
    ...wrapped(finding.remedy, 'dim', columns, ellipsis),
  ];
  return {
    title:
      finding.code === 'plan.draft' ? 'Restart with the planned settings?' : 'Restart with the settings that cure it?',
    titleNote: finding.severity,
    tone: 'warning',
    rows: withAnswers(text, answers, state, rows),
  };
}

function changeRows({engine}: Snapshot, {change}: Cure, glyphs: GlyphSet): Row[] {
  return shownChange(change, engine.settings).map(
    ({label, before, after}): Row => [
      {text: `  ${label}: ${before === null ? '' : `${before} ${glyphs.arrow} `}${after}`, tone: 'strong'},
    ],
  );
}
