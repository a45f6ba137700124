import type {LogAnswer, LogSeek} from '../../client/log-window/log-window.ts';
import {assertNever} from '../../shared/assert-never.ts';
import {textSizeText} from '../../shared/quantities/bytes.ts';
import {countedText, countText} from '../../shared/quantities/counts.ts';
import {utcText, utcTimeText} from '../../shared/quantities/moments.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import {fittingNote} from '../panels/panel-of.ts';
import type {ViewInput} from '../view-input.ts';
import type {LogChoice} from './log-screen-view.ts';
import {indexAt, type ShownLine} from './shown-lines.ts';

/** The title of the log in the whole window. */
export const LOG_TITLE = 'Engine log';

/** With the lines up to the last one that is shown. `following, line 439`, or `paused at line 400, 39 newer`; which part is seen; what is searched; what is left out. */
export function logNote(input: ViewInput, choice: LogChoice, answer: LogAnswer, lines: readonly ShownLine[]): string {
  const newest = input.data.log.at(-1)?.number;
  const {left} = choice;
  const sought = searchNotes(choice, input.nowMs, answer, lines);
  const filtered = filterNotes(choice);
  const [place, ...newer] = placeNotes(choice, input.nowMs, answer, lines, newest);
  if (place === undefined)
    return fittingNote(input, LOG_TITLE, [[...sought, ...filtered].join(', '), sought.join(', ')]);
  const panned = left === 0 ? [] : [`from column ${countText(left + 1)}`];
  return fittingNote(input, LOG_TITLE, [
    [...filtered, ...sought, place, ...newer, ...panned].join(', '),
    [...filtered, ...sought, place].join(', '),
    [...sought, place].join(', '),
    ...(choice.seek === null ? [] : [sought.join(', ')]),
    [place, ...newer].join(', '),
    place,
  ]);
}

function placeNotes(
  {end, moment}: LogChoice,
  nowMs: number,
  {window}: LogAnswer,
  lines: readonly ShownLine[],
  newest: number | undefined,
): readonly string[] {
  if (end === null) return newest === undefined ? [] : [`following, line ${countText(newest)}`];
  const last = lines.at(-1);
  const number = last?.number ?? null;
  const at = moment === null ? 'paused at ' : `at ${momentText(moment, nowMs)}, `;
  if (number !== null && newest !== undefined) {
    const place = `${at}line ${countText(number)}`;
    return number >= newest ? [place] : [place, countedText(newest - number, 'newer line')];
  }
  if (window === null) return [moment === null ? 'paused' : `at ${momentText(moment, nowMs)}`];
  const wholeBytes = Math.max(1, window.endBytes - window.startBytes);
  const ratio = ((last?.offsetBytes ?? end) - window.startBytes) / wholeBytes;
  return [`${at}${percentText(ratio)} of ${textSizeText(wholeBytes)}`];
}

/** With its day where that is not evident. */
function momentText(atMs: number, nowMs: number): string {
  return Math.abs(nowMs - atMs) < MS_PER_HALF_DAY ? utcTimeText(atMs) : utcText(atMs);
}

const MS_PER_HALF_DAY = 12 * MS_PER_HOUR;

function searchNotes(
  {query, match, seek}: LogChoice,
  nowMs: number,
  answer: LogAnswer,
  lines: readonly ShownLine[],
): readonly string[] {
  const state = answer.seek;
  if (seek !== null && state !== null && state.kind !== 'found') {
    const {what, none} = wordsOf(seek, nowMs);
    if (state.kind === 'failed') return [`${what}: ${state.error.message}`];
    if (state.kind === 'none') return [none];
    return [`searching ${what}: ${percentText(state.ratio)} (Esc cancels)`];
  }
  if (query === '') return [];
  const number = match === null ? null : (lines[indexAt(lines, match)]?.number ?? null);
  return [number === null ? `/${query}` : `/${query} in line ${countText(number)}`];
}

/** What is looked for, and that it is not there. */
function wordsOf(seek: LogSeek, nowMs: number): {readonly what: string; readonly none: string} {
  switch (seek.kind) {
    case 'text': {
      const what = `/${seek.text}`;
      return {what, none: `${what} in no ${seek.step === -1 ? 'older' : 'newer'} line`};
    }
    case 'time': {
      const what = momentText(seek.atMs, nowMs);
      return {what, none: `no line at ${what} or later`};
    }
    case 'start':
      return {what: 'the oldest line', none: 'no line of the log'};
    default:
      return assertNever(seek);
  }
}

function filterNotes({filter: {level, rank, pattern}, foldsRequests}: LogChoice): readonly string[] {
  return [
    ...(level === null ? [] : [level === 'error' ? 'only errors' : 'only warnings and errors']),
    ...(rank === null ? [] : [`only rank ${rank}`]),
    ...(pattern === '' ? [] : [`only &${pattern}`]),
    ...(foldsRequests ? ['requests folded'] : []),
  ];
}
