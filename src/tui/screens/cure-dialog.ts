import type {Snapshot} from '../../api/snapshot.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import {type Chain, chainsOf, fixedChain} from '../../domain/diagnosis/cause-chains.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {SettingsChange} from '../../domain/settings/launch-settings.ts';
import {shownChange} from '../../domain/settings/settings-difference.ts';
import {wrapText} from '../../views/drawing/wrap-text.ts';
import type {GlyphSet} from '../../views/glyphs.ts';
import {judgementRows, refusalOfAnswer} from '../../views/restart/judgement-rows.ts';
import type {PanelView, Row, Tone} from '../../views/rows.ts';
import {withoutSupervisor} from '../keys/engine-availability.ts';
import type {PanelSize} from '../painting/paint-panel.ts';
import {type Answer, answerKeys, type Marked, withAnswers} from './answers.ts';
import {comebackSentence, requestsSentence} from './consequences.ts';
import {defineScreen, type Reaction, refuse, type ScreenContext} from './screen.ts';
import {centered, QUESTION_COLUMNS} from './screen-place.ts';

/** Settings to restart with, and the finding that they fix; null if the operator chose them. */
export type CureState = Marked & {readonly finding: Finding | null; readonly change: SettingsChange};

const answers: readonly Answer<CureState>[] = [
  {
    key: 'n',
    label: 'Change nothing',
    hint: 'no',
    description: 'no, change nothing',
    react: () => ({kind: 'close'}),
  },
  {
    key: 'y',
    label: 'Restart with these settings now',
    hint: 'yes, now',
    description: 'yes, now',
    react: restart,
  },
];

/** "Restart with the settings that fix it?": the problem, the changes, and the cost of the restart. */
export const cureDialog = defineScreen<CureState>({
  kind: 'dialog',
  name: 'Cure',
  opener: {
    keys: ['a'],
    hint: 'apply fix',
    description: 'restart with the settings that fix the worst finding; asks first',
    group: 'Engine',
    disabledReason: (data) => withoutSupervisor(data) ?? (cureOf(data) === null ? NO_CURE : null),
    open({data}) {
      const cure = cureOf(data);
      return cure === null ? {refused: NO_CURE} : {state: {...cure, marked: 0}};
    },
  },
  keys: answerKeys(answers),
  question: questionOf,
  draw(state, context) {
    const {snapshot} = context.data;
    if (snapshot === null) return [];
    return centered('cure', QUESTION_COLUMNS, context, (size) => cureView(snapshot, state, size, context));
  },
});

export const NO_CURE = 'no setting fixes this problem';

/** The fix for the most urgent cause; null when no setting fixes it. */
function cureOf({snapshot}: ConsoleData): Pick<CureState, 'finding' | 'change'> | null {
  return cureOfChain(fixedChain(chainsOf(snapshot?.findings ?? [])));
}

/** The fix for a chain, by the settings of its cause or of an effect; null when no setting fixes it. */
export function cureOfChain(chain: Chain | undefined): Pick<CureState, 'finding' | 'change'> | null {
  const change = chain?.fix?.settingsChange ?? null;
  return chain === undefined || change === null ? null : {finding: chain.cause, change};
}

function questionOf({change}: CureState) {
  return {command: {type: 'restart', change}} as const;
}

/** Unchecked input is still sent: the supervisor checks it before it stops the engine. */
function restart(state: CureState, {answerTo}: ScreenContext): Reaction<CureState> {
  const question = questionOf(state);
  const refusal = refusalOfAnswer(answerTo(question));
  if (refusal !== null) return refuse(refusal.message, refusal.remedy);
  const pending =
    state.finding === null ? 'restart with the planned settings' : 'restart with the settings that fix it';
  return {kind: 'send', command: question.command, pending};
}

function cureView(
  snapshot: Snapshot,
  state: CureState,
  {columns, rows}: PanelSize,
  {pen: {glyphs}, answerTo}: ScreenContext,
): PanelView {
  const {finding} = state;
  const consequences = [
    snapshot.engine.pid === null ? null : requestsSentence(snapshot),
    comebackSentence(snapshot),
  ].filter((sentence) => sentence !== null);
  const sentence = (text: string, tone: Tone): Row[] => wrapText(text, tone, columns, 3, glyphs);
  const text = [
    ...(finding === null ? [] : sentence(finding.message, 'normal')),
    ...changeRows(snapshot, state, glyphs),
    ...judgementRows(answerTo(questionOf(state)), {columns, glyphs}),
    ...consequences.flatMap((consequence) => sentence(consequence, 'normal')),
    ...(finding === null ? [] : sentence(finding.remedy, 'dim')),
  ];
  return {
    title: finding === null ? 'Restart with the planned settings?' : 'Restart with the settings that fix it?',
    titleNote: finding?.severity ?? '',
    tone: 'warning',
    rows: withAnswers(text, answers, state, rows),
  };
}

function changeRows({engine}: Snapshot, {change}: CureState, glyphs: GlyphSet): Row[] {
  return shownChange(change, engine.settings).map(
    ({label, before, after}): Row => [
      {text: `  ${label}: ${before === null ? '' : `${before} ${glyphs.arrow} `}${after}`, tone: 'strong'},
    ],
  );
}
