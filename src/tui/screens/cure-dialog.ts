import type {Snapshot} from '../../api/snapshot.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import {type Chain, chainsOf, fixedChain} from '../../domain/diagnosis/cause-chains.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {SettingsChange} from '../../domain/settings/launch-settings.ts';
import {shownChange} from '../../domain/settings/settings-difference.ts';
import {wrapText} from '../../views/drawing/wrap-text.ts';
import type {GlyphSet} from '../../views/glyphs.ts';
import {contextWarningRows} from '../../views/restart/context-warnings.ts';
import {judgementRows} from '../../views/restart/judgement-rows.ts';
import {consequenceRows} from '../../views/restart/restart-consequences.ts';
import type {Row, Tone} from '../../views/rows.ts';
import {NO_CURE} from '../keys/engine-availability.ts';
import {keySpec} from '../keys/key-table.ts';
import {defineScreen} from './define-screen.ts';
import {type Asked, asked, drawQuestion, type Question, questionKeys} from './question.ts';
import {restartAnswers} from './restart-answers.ts';
import type {ScreenContext} from './screen.ts';
import {QUESTION_COLUMNS} from './screen-place.ts';

const MAX_SENTENCE_ROWS = 6;

/** Settings to restart with, and the finding that they fix; null if the operator chose them. */
export type CureState = Asked & {readonly finding: Finding | null; readonly change: SettingsChange};

const answers = restartAnswers<CureState>({
  command: commandOf,
  missing: 'no settings',
  pending: ({finding}) =>
    finding === null ? 'restart with the planned settings' : 'restart with the settings that fix it',
});

const question: Question<CureState> = {
  id: 'cure',
  columns: QUESTION_COLUMNS,
  title: ({finding}) =>
    finding === null ? 'Restart with the planned settings?' : 'Restart with the settings that fix it?',
  note: ({finding}) => finding?.severity ?? '',
  text: cureRows,
  answers,
};

/** "Restart with the settings that fix it?": the problem, the changes, and the cost of the restart. */
export const cureDialog = defineScreen<CureState>({
  kind: 'dialog',
  name: 'Cure',
  opener: {
    ...keySpec('engine.cure'),
    open({data}) {
      const cure = cureOf(data);
      return cure === null ? {refused: NO_CURE} : {state: {...asked, ...cure}};
    },
  },
  keys: questionKeys(question),
  question: (state) => ({command: commandOf(state)}),
  draw: (state, context) => drawQuestion(question, state, context),
});

/** The fix for the most urgent cause; null when no setting fixes it. */
function cureOf({snapshot}: ConsoleData): Pick<CureState, 'finding' | 'change'> | null {
  return cureOfChain(fixedChain(chainsOf(snapshot?.findings ?? [])));
}

/** The fix for a chain, by the settings of its cause or of an effect; null when no setting fixes it. */
export function cureOfChain(chain: Chain | undefined): Pick<CureState, 'finding' | 'change'> | null {
  const change = chain?.fix?.settingsChange ?? null;
  return chain === undefined || change === null ? null : {finding: chain.cause, change};
}

function commandOf({change}: CureState) {
  return {type: 'restart', change} as const;
}

function cureRows(state: CureState, context: ScreenContext, columns: number): readonly Row[] {
  const {finding} = state;
  const {snapshot} = context.data;
  const {glyphs} = context.pen;
  if (snapshot === null) return [];
  const sentence = (text: string, tone: Tone): Row[] => wrapText(text, tone, columns, MAX_SENTENCE_ROWS, glyphs);
  return [
    ...(finding === null ? [] : sentence(finding.message, 'normal')),
    ...changeRows(snapshot, state, glyphs),
    ...windowRows(snapshot, state, {columns, glyphs}),
    ...judgementRows(context.answerTo({command: commandOf(state)}), {columns, glyphs}),
    ...consequenceRows(snapshot, {columns, glyphs}),
    ...(finding === null ? [] : sentence(finding.remedy, 'dim')),
  ];
}

/** Who another context length hits. */
function windowRows(
  snapshot: Snapshot,
  {change: {contextLengthTokens: afterTokens}}: CureState,
  options: {readonly columns: number; readonly glyphs: GlyphSet},
): Row[] {
  if (afterTokens === undefined) return [];
  const beforeTokens = snapshot.engine.settings?.contextLengthTokens ?? afterTokens;
  return contextWarningRows(snapshot, {beforeTokens, afterTokens}, options);
}

function changeRows({engine}: Snapshot, {change}: CureState, glyphs: GlyphSet): Row[] {
  return shownChange(change, engine.settings).map(({label, before, after}): Row => {
    // Named because the configuration says another value.
    if (before === after) return [{text: `  ${label}: ${after} (unchanged)`, tone: 'strong'}];
    return [{text: `  ${label}: ${before === null ? '' : `${before} ${glyphs.arrow} `}${after}`, tone: 'strong'}];
  });
}
