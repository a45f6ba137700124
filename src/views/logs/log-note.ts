import type {LogAnswer} from '../../client/log-window/log-window.ts';
import {textSizeText} from '../../shared/quantities/bytes.ts';
import {countedText, countText} from '../../shared/quantities/counts.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
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
  const sought = searchNotes(choice, answer, lines);
  const filtered = filterNotes(choice);
  const [place, ...newer] = placeNotes(choice, answer, lines, newest);
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
  {end}: LogChoice,
  {window}: LogAnswer,
  lines: readonly ShownLine[],
  newest: number | undefined,
): readonly string[] {
  if (end === null) return newest === undefined ? [] : [`following, line ${countText(newest)}`];
  const last = lines.at(-1);
  const number = last?.number ?? null;
  if (number !== null && newest !== undefined && number >= newest) return [`following, line ${countText(newest)}`];
  if (number !== null && newest !== undefined) {
    return [`paused at line ${countText(number)}`, countedText(newest - number, 'newer line')];
  }
  if (window === null) return ['paused'];
  const wholeBytes = Math.max(1, window.endBytes - window.startBytes);
  return [
    `paused at ${percentText(((last?.offsetBytes ?? end) - window.startBytes) / wholeBytes)} of ${textSizeText(wholeBytes)}`,
  ];
}

function searchNotes(
  {query, match, seek}: LogChoice,
  answer: LogAnswer,
  lines: readonly ShownLine[],
): readonly string[] {
  const state = answer.seek;
  if (seek !== null && state !== null && state.kind !== 'found') {
    const what = seek.kind === 'text' ? `/${seek.text}` : seek.kind === 'time' ? 'that time' : 'the oldest line';
    if (state.kind === 'failed') return [`${what}: ${state.error.message}`];
    if (state.kind === 'none') {
      return [
        seek.kind === 'text' ? `${what} in no ${seek.step === -1 ? 'older' : 'newer'} line` : `no line of ${what}`,
      ];
    }
    return [`searching ${what}: ${percentText(state.ratio)} (Esc cancels)`];
  }
  if (query === '') return [];
  const number = match === null ? null : (lines[indexAt(lines, match)]?.number ?? null);
  return [number === null ? `/${query}` : `/${query} in line ${countText(number)}`];
}

function filterNotes({filter: {level, rank, pattern}, foldsRequests}: LogChoice): readonly string[] {
  return [
    ...(level === null ? [] : [level === 'error' ? 'only errors' : 'only warnings and errors']),
    ...(rank === null ? [] : [`only rank ${rank}`]),
    ...(pattern === '' ? [] : [`only &${pattern}`]),
    ...(foldsRequests ? ['requests folded'] : []),
  ];
}
