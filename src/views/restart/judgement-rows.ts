import type {Preview} from '../../api/preview.ts';
import type {PreviewAnswer} from '../../client/answers/previews.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {confidenceText} from '../../domain/memory/plan/plan-version.ts';
import {requestedText} from '../../domain/settings/settings-difference.ts';
import {isAbsent} from '../../samples/reading.ts';
import {assertNever} from '../../shared/assert-never.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {verdictLabel} from '../format/names.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';

type RowOptions = {readonly columns: number; readonly glyphs: GlyphSet};

const MAX_MESSAGE_ROWS = 4;
const MAX_REMEDY_ROWS = 6;

/** The supervisor's judgement of a restart: still checking, the plan's verdict, or why it would be refused. */
export function judgementRows(answer: PreviewAnswer, options: RowOptions): Row[] {
  if (answer.kind !== 'judged') return unansweredRows(answer, options);
  const {plan, blockers} = answer.preview;
  if (blockers.length > 0) return blockerRows(blockers, options);
  const taken = takenRows(answer, options);
  if (isAbsent(plan)) return taken;
  const {word, tone} = verdictLabel(plan);
  const verdict = `${word} (${confidenceText(plan)}): ${plan.reason}`;
  return [...taken, ...wrapText(verdict, tone, options.columns, MAX_MESSAGE_ROWS, options.glyphs)];
}

/** What a restart also takes from the configuration, which was edited since the last start: one row, or none. */
export function takenRows(answer: PreviewAnswer, {columns, glyphs}: RowOptions): Row[] {
  if (answer.kind !== 'judged') return [];
  const taken = answer.preview.fromConfiguration.map(({key, requested}) => requestedText(key, requested));
  if (taken.length === 0) return [];
  return wrapText(`Also from the configuration: ${taken.join(', ')}.`, 'strong', columns, 1, glyphs);
}

/** Rows for a missing answer: still checking, or the error; empty where there is an answer. */
export function unansweredRows(answer: PreviewAnswer, {columns, glyphs}: RowOptions): Row[] {
  switch (answer.kind) {
    case 'judged':
      return [];
    case 'checking':
      return wrapText('checking ...', 'dim', columns, 1, glyphs);
    case 'failed': {
      const {message, remedy} = answer.error;
      return [
        ...wrapText(`Not checked: ${message}`, 'warning', columns, MAX_MESSAGE_ROWS, glyphs),
        ...remedyRows(remedy, {columns, glyphs}),
      ];
    }
    default:
      return assertNever(answer);
  }
}

/** Why a start or a restart would be refused, and how to fix it. */
export function blockerRows(blockers: readonly Finding[], options: RowOptions): Row[] {
  const {columns, glyphs} = options;
  return blockers.flatMap(({message, remedy}) => [
    ...wrapText(`refused: ${message}`, 'critical', columns, MAX_MESSAGE_ROWS, glyphs),
    ...remedyRows(remedy, options),
  ]);
}

function remedyRows(remedy: string, {columns, glyphs}: RowOptions): Row[] {
  return remedy === '' ? [] : wrapText(`${glyphs.arrow} ${remedy}`, 'strong', columns, MAX_REMEDY_ROWS, glyphs);
}

/** Every reason for a refusal as one message with its remedy; null where there is none, or no answer yet. */
export function refusalOfAnswer(answer: PreviewAnswer): {readonly message: string; readonly remedy: string} | null {
  if (answer.kind !== 'judged') return null;
  const {blockers}: Preview = answer.preview;
  return blockers.length === 0 ? null : {message: textOf(blockers, 'message'), remedy: textOf(blockers, 'remedy')};
}

function textOf(blockers: readonly Finding[], part: 'message' | 'remedy'): string {
  return [...new Set(blockers.map((blocker) => blocker[part]))].filter((text) => text !== '').join(' ');
}
