import type {Snapshot} from '../../api/snapshot.ts';
import {type Chain, chainsOf, fixedChain} from '../../domain/diagnosis/cause-chains.ts';
import {blocksStarts, type Finding} from '../../domain/diagnosis/finding.ts';
import {isPastCrash} from '../../domain/lifecycle/crashes.ts';
import {exitText} from '../../domain/lifecycle/lifecycle-findings.ts';
import {isTroubled} from '../../domain/lifecycle/phases.ts';
import {changeText} from '../../domain/settings/settings-difference.ts';
import {pendingNote} from '../../domain/traffic/forward-progress.ts';
import {durationText, lastingText} from '../../shared/quantities/durations.ts';
import {textWidth} from '../../shared/text-width.ts';
import {cutRow, span, widthOf} from '../drawing/compose.ts';
import {shortenText} from '../drawing/shorten-text.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {stateText} from '../format/names.ts';
import {exitTimeText} from '../format/times.ts';
import type {Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {effectsNote} from './findings.ts';

/** What explains an undesired state, with its effects; undefined otherwise. An earlier crash does not explain a run. */
export function troubleOf({engine, findings}: Snapshot): Chain | undefined {
  const chains = chainsOf(findings);
  const isReason = (finding: Finding): boolean => finding.code.startsWith('lifecycle.') && !isPastCrash(finding);
  if (isTroubled(engine)) return chains.find(({cause, effects}) => [cause, ...effects].some(isReason));
  return engine.state === 'failed' || engine.state === 'backing-off' ? chains[0] : undefined;
}

/** `● ready`, `× waiting to restart in 12s (2 of 5)`. */
export function stateRow({glyphs, nowMs}: ViewInput, engine: Snapshot['engine']): Row {
  const {text, tone} = stateText(engine, glyphs);
  const {backOff} = engine;
  if (backOff === null) return [span(text, tone)];
  const {attempt, maxAttempts, untilMs} = backOff;
  return [span(`${text} in ${durationText(Math.max(0, untilMs - nowMs))} (${attempt} of ${maxAttempts})`, tone)];
}

/** The cause, the remedy, and the keys for it; the keys are shown at any height. */
export function troubleRows(input: ViewInput, snapshot: Snapshot, trouble: Chain): Row[] {
  const {columns, rows, glyphs} = input;
  const {cause} = trouble;
  const [keys] = keyTexts(input, snapshot, trouble);
  // One row for the headline, one for the keys; message and remedy share the rest.
  const room = Math.max(2, rows - 2);
  const text = `${cause.message}${effectsNote(trouble)}`;
  const message = wrapText(text, 'critical', columns, Math.max(1, room - 1), glyphs);
  const remedy = wrapText(`${glyphs.arrow} ${cause.remedy}`, 'strong', columns, room - message.length, glyphs);
  const last = remedy.at(-1) ?? [];
  const isShort = remedy.length > 0 && widthOf(last) + 2 + keys.length <= columns;
  return isShort
    ? [...message, ...remedy.slice(0, -1), [...last, span(`  ${keys}`, 'accent')]]
    : [...message, ...remedy, [span(keys, 'accent')]];
}

/** With two or three rows, the cause replaces the headline. */
export function shortTroubleRows(input: ViewInput, snapshot: Snapshot, trouble: Chain): Row[] {
  const {columns, rows, glyphs} = input;
  const {cause} = trouble;
  const state = stateRow(input, snapshot.engine);
  const room = Math.max(8, columns - widthOf(state) - 2);
  const message =
    rows === 2
      ? [[span(shortenText(cause.message, room, glyphs), 'strong')]]
      : wrapText(cause.message, 'strong', room, rows - 1, glyphs);
  const [first, ...more] = message;
  const indent = span(' '.repeat(widthOf(state) + 2));
  return [
    [...state, span('  '), ...(first ?? [])],
    ...more.map((row): Row => [indent, ...row]),
    withKeys([], `${glyphs.arrow} ${cause.remedy}`, snapshot, trouble, input),
  ];
}

/** What the keys, or the commands, do about a chain, or about an engine without one, long and short. */
export function keyTexts(
  {keyOf}: ViewInput,
  {engine, findings}: Snapshot,
  trouble: Chain | undefined,
): readonly [long: string, short: string] {
  const isRestart = isTroubled(engine);
  if (findings.some(blocksStarts)) {
    const start = keyOf?.(isRestart ? 'engine.restart' : 'engine.start') ?? 'a start';
    return [`${start} is refused: a GPU has a problem`, `${start} is refused`];
  }
  const main = keyOf?.(isRestart ? 'engine.restart' : 'engine.start') ?? null;
  // In what a command prints, in a recording and in a console that only shows.
  if (keyOf === null || main === null) {
    const command = isRestart ? 'gantry restart' : 'gantry up';
    return [`${command} ${isRestart ? 'restarts it' : 'starts it again'}`, command];
  }
  const isFixed = trouble !== undefined && fixedChain(chainsOf(findings))?.cause === trouble.cause;
  const change = isFixed ? (trouble.fix?.settingsChange ?? null) : null;
  const cure = keyOf('engine.cure');
  if (isRestart) {
    return change === null || cure === null
      ? [`${main} restarts`, `${main} restarts`]
      : [`${cure} restarts with ${changeText(change)}`, `${cure} fixes it`];
  }
  return change === null || cure === null
    ? [`${main} starts again`, `${main} starts`]
    : [`${cure} starts with ${changeText(change)}, ${main} as it was`, `${cure} fixes it`];
}

/** A row of `start`, a text in the remaining space, and the keys: their long form if the complete text fits next to them. */
export function withKeys(start: Row, text: string, snapshot: Snapshot, trouble: Chain, input: ViewInput): Row {
  const {columns, glyphs} = input;
  const [long, short] = keyTexts(input, snapshot, trouble);
  const roomBeside = (keys: string): number => columns - widthOf(start) - keys.length - 2;
  const keys = textWidth(text) <= roomBeside(long) ? long : short;
  if (roomBeside(keys) < 8) return cutRow([...start, span(text, 'strong')], columns, glyphs);
  return [...start, span(shortenText(text, roomBeside(keys), glyphs), 'strong'), span(`  ${keys}`, 'accent')];
}

/** How an engine came to its undesired state, where the reason is shown elsewhere. */
export function troubleText({nowMs, glyphs}: ViewInput, engine: Snapshot['engine']): string {
  const {state, unansweredMs, exit, progress} = engine;
  // The state itself says for how long it has answered nothing.
  if (isTroubled(engine) && unansweredMs !== null) return '';
  if (state === 'degraded') return progress.state === 'unknown' ? '' : progressText(progress, glyphs);
  if (exit === null) return 'it did not start';
  return `${exitText(exit.status)}, ${exitTimeText(exit, nowMs)}`;
}

/** `working`, `idle`, `no step for 34 s, 3 requests running`, or the dash. */
export function progressText(progress: Snapshot['engine']['progress'], glyphs: ViewInput['glyphs']): string {
  switch (progress.state) {
    case 'working':
    case 'idle':
      return progress.state;
    case 'stalled':
      return `no step for ${lastingText(progress.stalledMs, progress.isAtLeast === true)}, ${pendingNote(progress)}`;
    case 'unknown':
      return glyphs.dash;
  }
}
