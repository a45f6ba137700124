import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {confidenceText} from '../../domain/memory/plan/plan-version.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';
import {textWidth} from '../../shared/text-width.ts';
import {cleanText, span} from '../drawing/compose.ts';
import {withHead, wrapIndented} from '../drawing/wrap-text.ts';
import {severityTones, verdictLabel} from '../format/names.ts';
import {blank, labelled, type TextOptions, wrapped} from '../plan/text-lines.ts';
import type {Row} from '../rows.ts';

/** A part of a launch, and the reason for it. */
export type ExplainedPart = {readonly text: string; readonly why: string};

/** A dry run as text. Secrets are already masked. */
export type LaunchTextInput = {
  /** `vLLM 0.28.0` */
  readonly engine: string;
  /** Where it is installed, or why that is unknown. */
  readonly installation: string;
  readonly plan: Reading<MemoryPlan>;
  readonly blockers: readonly Finding[];
  /** Notes before the command. */
  readonly remarks: readonly string[];
  /** Lines to paste into a shell, never broken. */
  readonly command: readonly string[];
  readonly argv: readonly ExplainedPart[];
  readonly variables: readonly ExplainedPart[];
  readonly files: readonly ExplainedPart[];
};

/** Up to this width, reasons are on the same line; longer parts have them below. */
const MOST_PART_COLUMNS = 36;
const GAP = 2;
const INDENT = '  ';

/** The effect of a start: whether it would be refused, the command to paste, and the reason for each part. */
export function launchRows(input: LaunchTextInput, options: TextOptions): readonly Row[] {
  const {blockers, remarks, command} = input;
  return [
    ...labelled('engine', `${input.engine}: ${input.installation}`, options),
    ...planRow(input.plan, options),
    ...blockers.flatMap((finding) => blockerRows(finding, options)),
    ...remarks.flatMap((remark) => labelled('note', remark, options)),
    ...labelled('started', blockers.length === 0 ? 'nothing (dry run)' : 'nothing; up would refuse', options),
    blank,
    ...command.map((line): Row => [span(cleanText(line))]),
    ...section('Reasons', input.argv, options),
    ...section('Environment', input.variables, options),
    ...section('Files written before the start (readable only by this user)', input.files, options),
  ];
}

function planRow(plan: Reading<MemoryPlan>, options: TextOptions): Row[] {
  if (isAbsent(plan)) return labelled('plan', `unknown: ${plan.absent}`, options);
  const {word, tone} = verdictLabel(plan);
  return labelled('plan', `${word} (${confidenceText(plan)}): ${plan.reason}`, options, {tone});
}

function blockerRows({severity, message, remedy}: Finding, options: TextOptions): Row[] {
  return [
    ...labelled('refused', message, options, {labelTone: severityTones[severity]}),
    ...(remedy === '' ? [] : labelled('fix', remedy, options)),
  ];
}

function section(title: string, parts: readonly ExplainedPart[], options: TextOptions): Row[] {
  if (parts.length === 0) return [];
  const widths = parts.map(({text}) => textWidth(text)).filter((width) => width <= MOST_PART_COLUMNS);
  const partColumns = INDENT.length + Math.max(0, ...widths) + GAP;
  return [blank, [span(title, 'title')], ...parts.flatMap((part) => partRows(part, partColumns, options))];
}

function partRows({text, why}: ExplainedPart, partColumns: number, options: TextOptions): Row[] {
  const {columns} = options;
  const head = `${INDENT}${cleanText(text)}`;
  if (textWidth(head) + GAP > partColumns) {
    return [[span(head)], ...wrapped(why, options, 'dim', `${INDENT}${INDENT}`)];
  }
  const indent = span(' '.repeat(partColumns));
  const headed = span(`${head}${' '.repeat(partColumns - textWidth(head))}`);
  return withHead(headed, indent, wrapIndented(why, 'dim', [indent], columns));
}
