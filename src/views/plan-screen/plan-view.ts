import type {Snapshot} from '../../api/snapshot.ts';
import type {PlanRefusal} from '../../domain/memory/model/planned-model.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {isAbsent} from '../../samples/reading.ts';
import type {Result} from '../../shared/result.ts';
import {cutRow, fit, padRow, padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import type {GlyphSet} from '../glyphs.ts';
import {planBars} from '../plan/plan-bar.ts';
import {arithmeticRows, cacheRows, findingRows, verdictRows} from '../plan/plan-text.ts';
import type {WhatIf} from '../restart/what-if.ts';
import type {PanelView, Row} from '../rows.ts';
import {verdictWords} from '../words.ts';
import {fieldLabel, fieldText, nodeSpecOf, type PlanDraft, type PlanField, planFields} from './plan-fields.ts';

/** Everything the Plan screen is a function of. */
export type PlanViewInput = {
  readonly snapshot: Snapshot;
  readonly draft: PlanDraft;
  readonly field: PlanField;
  /** Rows of the answer that are scrolled out at its top. */
  readonly offset: number;
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

/** The screen, and what keys on it need to know. */
export type PlanView = {
  readonly view: PanelView;
  /** Null where nothing can be planned. */
  readonly plan: MemoryPlan | null;
  readonly maxOffset: number;
  /** Rows that a page key scrolls. */
  readonly pageRows: number;
};

/** Pure: asked for drawing, and again when a key is pressed. */
export type PlanViewFunction = (input: PlanViewInput) => PlanView;

const FORM_COLUMNS = 48;
const LABEL_COLUMNS = 25;
const GAP: Row = [span('  ')];
/** Narrower than this the answer stands below the form. */
const SIDE_BY_SIDE_COLUMNS = 110;

/** Settings to play with, and at once what they would take of every card. */
export function createPlanView(whatIf: WhatIf): PlanViewFunction {
  return (input) => {
    const {snapshot, draft, columns, rows, glyphs} = input;
    const result = whatIf(snapshot, draft.settings, nodeSpecOf(draft));
    const isWide = columns >= SIDE_BY_SIDE_COLUMNS;
    const form = formRows(input, isWide ? FORM_COLUMNS : columns, isWide);
    const answerColumns = isWide ? columns - FORM_COLUMNS - GAP.length * 2 : columns;
    const answer = answerRows(result, {columns: answerColumns, glyphs});
    const room = Math.max(1, isWide ? rows : rows - form.length - 1);
    const maxOffset = Math.max(0, answer.length - room);
    const shown = answer.slice(Math.min(input.offset, maxOffset)).slice(0, room);
    const lines = isWide ? sideBySide(form, shown, rows) : [...form, [], ...shown];
    const plan = result.ok ? result.value : null;
    return {
      plan,
      maxOffset,
      pageRows: Math.max(1, room - 1),
      view: {
        title: 'Plan: what if',
        titleNote: noteOf(plan, maxOffset, input.offset),
        tone: plan === null ? 'warning' : plan.verdict === 'fits' ? 'normal' : verdictWords[plan.verdict].tone,
        rows: fit(lines, columns, rows, glyphs),
      },
    };
  };
}

/** The settings to begin with: those the engine runs with, or the plan's; null where none are known. */
export function presentSettings({engine, plan}: Snapshot): LaunchSettings | null {
  return engine.settings ?? (isAbsent(plan) ? null : plan.settings);
}

function noteOf(plan: MemoryPlan | null, maxOffset: number, offset: number): string {
  const verdict = plan === null ? 'no plan' : `${verdictWords[plan.verdict].word}, ${plan.confidence}`;
  return maxOffset > offset ? `${verdict}; PgDn for more` : verdict;
}

/** On a small terminal only the lines around the chosen one are shown: the answer needs the room. */
function formRows(input: PlanViewInput, columns: number, isWide: boolean): Row[] {
  const {field, rows} = input;
  const count = isWide ? planFields.length : Math.max(3, Math.min(planFields.length, rows - 16));
  const chosen = planFields.indexOf(field);
  const first = Math.max(0, Math.min(chosen - Math.floor(count / 2), planFields.length - count));
  return planFields.slice(first, first + count).map((name) => fieldRow(input, name, columns));
}

function fieldRow({snapshot, draft, field, glyphs}: PlanViewInput, name: PlanField, columns: number): Row {
  const present = presentSettings(snapshot);
  const before = present === null ? null : {...draft, settings: present, cardName: null};
  const now = before === null ? '' : fieldText(before, name);
  const drafted = fieldText(draft, name);
  const isChosen = name === field;
  const isChanged = now !== '' && now !== drafted;
  return cutRow(
    [
      span(isChosen ? '> ' : '  ', 'accent'),
      span(padText(fieldLabel(name), LABEL_COLUMNS), isChosen ? 'normal' : 'dim'),
      ...(isChanged ? [span(`${now} ${glyphs.arrow} `, 'dim')] : []),
      span(drafted, isChanged ? 'accent' : isChosen ? 'strong' : 'normal'),
    ],
    columns,
    glyphs,
  );
}

function answerRows(
  result: Result<MemoryPlan, PlanRefusal>,
  options: {readonly columns: number; readonly glyphs: GlyphSet},
): Row[] {
  const {columns, glyphs} = options;
  if (!result.ok) {
    return [
      ...wrapText(result.error.message, 'warning', columns, 6, glyphs),
      ...wrapText(`${glyphs.arrow} ${result.error.remedy}`, 'normal', columns, 6, glyphs),
    ];
  }
  const plan = result.value;
  return [
    ...verdictRows(plan, options),
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
