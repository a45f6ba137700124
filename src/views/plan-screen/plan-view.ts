import type {Snapshot} from '../../api/snapshot.ts';
import type {PreviewAnswer} from '../../client/answers/previews.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {isAbsent} from '../../samples/reading.ts';
import {cutRow, fit, padRow, padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {verdictLabel} from '../format/names.ts';
import type {GlyphSet} from '../glyphs.ts';
import {planBars} from '../plan/plan-bar.ts';
import {arithmeticRows, cacheRows, findingRows, verdictRows} from '../plan/plan-text.ts';
import {contextWarningRows} from '../restart/context-warnings.ts';
import {blockerRows, takenRows, unansweredRows} from '../restart/judgement-rows.ts';
import type {PanelView, Row, Tone} from '../rows.ts';
import {fieldLabel, fieldText, type PlanDraft, type PlanField, planFields} from './plan-fields.ts';

/** All inputs of the Plan screen. */
export type PlanViewInput = {
  readonly snapshot: Snapshot;
  readonly draft: PlanDraft;
  readonly field: PlanField;
  /** The context length as it is being typed, and what is expected instead where it is none; null while none is typed. */
  readonly typed: {readonly text: string; readonly mistyped: string | null} | null;
  /** The supervisor's answer about the draft. */
  readonly answer: PreviewAnswer;
  /** Rows of the answer scrolled out at the top. */
  readonly offset: number;
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
  /** The key that shows more, as it is shown. */
  readonly moreKey: string;
};

/** The screen, and its maximum scroll offset. */
export type PlanView = {
  readonly view: PanelView;
  readonly maxOffset: number;
  /** Rows that a page key scrolls. */
  readonly pageRows: number;
};

/** Columns of the settings, where the answer is on their right. */
export const FORM_COLUMNS = 48;
const LABEL_COLUMNS = 25;
const GAP: Row = [span('  ')];
/** Below this width the answer is under the form. */
const SIDE_BY_SIDE_COLUMNS = 110;

/** Settings to try, with their memory use per GPU. */
export function planView(input: PlanViewInput): PlanView {
  const {answer, columns, rows, glyphs} = input;
  const isWide = columns >= SIDE_BY_SIDE_COLUMNS;
  const form = formRows(input, isWide ? FORM_COLUMNS : columns, isWide);
  const answerColumns = isWide ? columns - FORM_COLUMNS - GAP.length * 2 : columns;
  const mistyped = input.typed?.mistyped ?? null;
  const all = [
    ...(mistyped === null ? [] : wrapText(mistyped, 'critical', answerColumns, 3, glyphs)),
    ...answerRows(input, {columns: answerColumns, glyphs}),
  ];
  const room = Math.max(1, isWide ? rows : rows - form.length - 1);
  const maxOffset = Math.max(0, all.length - room);
  const shown = all.slice(Math.min(input.offset, maxOffset)).slice(0, room);
  const lines = isWide ? sideBySide(form, shown, rows) : [...form, [], ...shown];
  return {
    maxOffset,
    pageRows: Math.max(1, room - 1),
    view: {
      title: titleOf(rows, isWide),
      titleNote: noteOf(input, maxOffset),
      tone: toneOf(answer),
      rows: fit(lines, columns, rows, glyphs),
    },
  };
}

/** The initial settings: the running engine's, or the plan's; null if unknown. */
export function presentSettings({engine, plan}: Snapshot): LaunchSettings | null {
  return engine.settings ?? (isAbsent(plan) ? null : plan.settings);
}

/** The supervisor's plan; null if there is none yet. */
export function plannedOf(answer: PreviewAnswer): MemoryPlan | null {
  return answer.kind !== 'judged' || isAbsent(answer.preview.plan) ? null : answer.preview.plan;
}

/** Says how many of the settings are shown where it is not all. */
function titleOf(rows: number, isWide: boolean): string {
  const count = shownFieldCount(rows, isWide);
  return count < planFields.length ? `Plan: what if, ${count} of ${planFields.length} settings` : 'Plan: what if';
}

function shownFieldCount(rows: number, isWide: boolean): number {
  return isWide ? planFields.length : Math.max(3, Math.min(planFields.length, rows - 16));
}

function noteOf({answer, offset, moreKey}: PlanViewInput, maxOffset: number): string {
  if (answer.kind === 'checking') return 'checking';
  const plan = plannedOf(answer);
  const verdict = plan === null ? 'no plan' : `${verdictLabel(plan).word}, ${plan.confidence}`;
  return maxOffset > offset ? `${verdict}; ${moreKey} for more` : verdict;
}

function toneOf(answer: PreviewAnswer): Tone {
  if (answer.kind === 'checking') return 'normal';
  const plan = plannedOf(answer);
  if (plan === null) return 'warning';
  return plan.verdict === 'fits' ? 'normal' : verdictLabel(plan).tone;
}

/** On a small terminal only the lines around the selected one are shown, to leave room for the answer. */
function formRows(input: PlanViewInput, columns: number, isWide: boolean): Row[] {
  const {field, rows} = input;
  const count = shownFieldCount(rows, isWide);
  const chosen = planFields.indexOf(field);
  const first = Math.max(0, Math.min(chosen - Math.floor(count / 2), planFields.length - count));
  return planFields.slice(first, first + count).map((name) => fieldRow(input, name, columns));
}

function fieldRow({snapshot, draft, field, typed, glyphs}: PlanViewInput, name: PlanField, columns: number): Row {
  const present = presentSettings(snapshot);
  const before = present === null ? null : {...draft, settings: present, cardName: null};
  const now = before === null ? '' : fieldText(before, name);
  const drafted = fieldText(draft, name);
  const isChosen = name === field;
  const isChanged = now !== '' && now !== drafted;
  const isTyped = typed !== null && isChosen;
  const label = fieldLabel(name);
  return cutRow(
    [
      span(isChosen ? '> ' : '  ', 'accent'),
      span(isTyped ? `${label} ` : padText(label, LABEL_COLUMNS), isChosen ? 'normal' : 'dim'),
      ...(isTyped ? [span(`[${typed.text}_]  `, typed.mistyped === null ? 'accent' : 'critical')] : []),
      ...(isChanged ? [span(`${now} ${glyphs.arrow} `, 'dim')] : []),
      span(drafted, isChanged ? 'accent' : isChosen ? 'strong' : 'normal'),
    ],
    columns,
    glyphs,
  );
}

function answerRows(
  {snapshot, draft, answer}: PlanViewInput,
  options: {readonly columns: number; readonly glyphs: GlyphSet},
): Row[] {
  if (answer.kind !== 'judged') return unansweredRows(answer, options);
  const {plan, blockers} = answer.preview;
  const taken = takenRows(answer, options);
  if (isAbsent(plan)) {
    const why =
      blockers.length > 0
        ? blockerRows(blockers, options)
        : wrapText(plan.absent, 'warning', options.columns, 6, options.glyphs);
    return [...taken, ...why];
  }
  const afterTokens = draft.settings.contextLengthTokens;
  const beforeTokens = presentSettings(snapshot)?.contextLengthTokens ?? afterTokens;
  // The verdict already says why a plan does not fit.
  const others = blockers.filter(({code}) => code !== 'preflight.does-not-fit');
  return [
    ...verdictRows(plan, options),
    ...taken,
    ...blockerRows(others, options),
    ...contextWarningRows(snapshot, {beforeTokens, afterTokens}, options),
    ...planBars(plan, [], options),
    ...cacheRows(plan, options),
    ...findingRows(plan, options),
    [],
    ...arithmeticRows(plan, options),
  ];
}

function sideBySide(form: readonly Row[], answer: readonly Row[], rows: number): Row[] {
  return Array.from({length: Math.min(rows, Math.max(form.length, answer.length))}, (_, index) => [
    ...padRow(form[index] ?? [], FORM_COLUMNS),
    ...GAP,
    ...(answer[index] ?? []),
  ]);
}
