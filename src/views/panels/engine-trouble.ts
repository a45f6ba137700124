import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {changeText} from '../../domain/settings/settings-difference.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {span, widthOf, withEnd} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {stateText} from '../format/names.ts';
import type {Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {appliedCure} from './findings.ts';

/** The finding that explains an undesired state; undefined otherwise. */
export function troubleOf({engine, findings}: Snapshot): Finding | undefined {
  if (engine.state === 'degraded') return findings.find(({code}) => code.startsWith('lifecycle.')) ?? findings[0];
  return engine.state === 'failed' || engine.state === 'backing-off' ? findings[0] : undefined;
}

/** `● ready`, `× waiting to restart in 12s (2 of 5)`. */
export function stateRow({glyphs, nowMs}: ViewInput, {state, backOff}: Snapshot['engine']): Row {
  const {text, tone} = stateText(state, glyphs);
  if (backOff === null) return [span(text, tone)];
  const {attempt, maxAttempts, untilMs} = backOff;
  return [span(`${text} in ${durationText(Math.max(0, untilMs - nowMs))} (${attempt} of ${maxAttempts})`, tone)];
}

/** The problem, the remedy, and the keys for it; the keys are shown at any height. */
export function troubleRows(input: ViewInput, snapshot: Snapshot, finding: Finding): Row[] {
  const {columns, rows, glyphs} = input;
  const [keys] = keyTexts(input, snapshot, finding);
  // One row for the headline, one for the keys; message and remedy share the rest.
  const room = Math.max(2, rows - 2);
  const message = wrapText(finding.message, 'critical', columns, Math.max(1, room - 1), glyphs);
  const remedy = wrapText(`${glyphs.arrow} ${finding.remedy}`, 'strong', columns, room - message.length, glyphs);
  const last = remedy.at(-1) ?? [];
  const isShort = remedy.length > 0 && widthOf(last) + 2 + keys.length <= columns;
  return isShort
    ? [...message, ...remedy.slice(0, -1), [...last, span(`  ${keys}`, 'accent')]]
    : [...message, ...remedy, [span(keys, 'accent')]];
}

/** With two or three rows, the problem replaces the headline. */
export function shortTroubleRows(input: ViewInput, snapshot: Snapshot, finding: Finding): Row[] {
  const {columns, rows, glyphs} = input;
  const state = stateRow(input, snapshot.engine);
  const [first, ...more] = wrapText(
    finding.message,
    'strong',
    Math.max(8, columns - widthOf(state) - 2),
    rows - 1,
    glyphs,
  );
  const indent = span(' '.repeat(widthOf(state) + 2));
  return [
    [...state, span('  '), ...(first ?? [])],
    ...more.map((row): Row => [indent, ...row]),
    withKeys([span(`${glyphs.arrow} ${finding.remedy}`, 'strong')], snapshot, finding, input),
  ];
}

/** What the keys, or the commands, do about a finding, long and short. */
function keyTexts(
  {hasKeys}: ViewInput,
  {engine, findings}: Snapshot,
  finding: Finding,
): readonly [long: string, short: string] {
  if (hasKeys === false) {
    const command = engine.state === 'degraded' ? 'gantry restart' : 'gantry up';
    return [`${command} restarts it`, command];
  }
  const change = finding === appliedCure(findings) ? finding.settingsChange : null;
  if (engine.state === 'degraded') {
    return change === null ? ['R restarts', 'R restarts'] : [`a restarts with ${changeText(change)}`, 'a fixes it'];
  }
  return change === null
    ? ['s starts again', 's starts']
    : [`a starts with ${changeText(change)}, s as it was`, 'a fixes it'];
}

/** A row that ends with the keys: long, short, or without them if too little room would remain. */
export function withKeys(start: Row, snapshot: Snapshot, finding: Finding, input: ViewInput): Row {
  const {columns, glyphs} = input;
  const [long, short] = keyTexts(input, snapshot, finding);
  const keys = widthOf(start) + long.length + 2 <= columns ? long : short;
  return withEnd(start, [span(`  ${keys}`, 'accent')], columns, glyphs);
}
