import {clustersOf, textWidth} from '../../shared/text-width.ts';
import {span} from '../drawing/compose.ts';
import {connectionNote} from '../panels/freshness.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

const TITLE = 'Command';
const OPTION_INDENT = '  ';
const VALUE_INDENT = '    ';
const CONTINUED = ' \\';
/** A word is not cut into pieces of a few cells. */
const LEAST_ROOM = 8;

/** The command that started the engine, in lines that a shell reads as one. */
export function commandView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const fresh = connectionNote(input);
  const titleNote =
    fresh === '' ? fittingNote(input, TITLE, ['y copies it, secrets are masked', 'y copies it', '']) : fresh;
  if (snapshot === null) return panelOf(input, {title: TITLE, titleNote: fresh}, [noDataYet]);
  const {command, pid} = snapshot.engine;
  if (command === null || commandText(command).trim() === '') {
    const why = pid === null ? 'no engine is running' : 'the command of this run is not recorded';
    return panelOf(input, {title: TITLE, titleNote: fresh}, [[span(why, 'dim')]]);
  }
  return panelOf(input, {title: TITLE, titleNote}, commandRows(command, input.columns));
}

/** The words of a command as one line, to copy. */
export function commandText(command: readonly (readonly string[])[]): string {
  return command.flat().join(' ');
}

/**
 * A line for the environment and the program, and one for each option with its values; longer ones continue with more indentation.
 * Each ends so that a shell reads on. A word that is longer than a line is cut where a shell joins it again, unless it has a
 * quote inside: then the panel cuts it.
 */
export function commandRows(command: readonly (readonly string[])[], columns: number): Row[] {
  const room = columns - CONTINUED.length;
  const lines: string[] = [];
  for (const words of command.filter(({length}) => length > 0)) {
    let line = lines.length === 0 ? '' : OPTION_INDENT;
    let isBegun = false;
    for (const word of words) {
      const gap = isBegun ? ' ' : '';
      if (isBegun && textWidth(line + gap + word) > room) {
        lines.push(line + CONTINUED);
        line = VALUE_INDENT + word;
      } else line += gap + word;
      isBegun = true;
      const pieces = textWidth(line) > room ? cutWord(line, room) : [line];
      lines.push(...pieces.slice(0, -1));
      line = pieces.at(-1) ?? '';
    }
    lines.push(line + CONTINUED);
  }
  return lines.map((line, index) => {
    const isLast = index === lines.length - 1;
    return [span(isLast ? line.slice(0, -CONTINUED.length) : line, index === 0 ? 'strong' : 'normal')];
  });
}

/** Plain words continue after a backslash, quoted ones in another pair of quotes; both at the first column. */
function cutWord(line: string, room: number): readonly string[] {
  const isQuoted = /'[^']+'$/.test(line);
  const isCut = room > LEAST_ROOM && (isQuoted ? line.indexOf("'") < room - 1 : !/['"]/.test(line));
  if (!isCut) return [line];
  const pieces: string[] = [];
  let piece = '';
  let width = 0;
  for (const cluster of clustersOf(line)) {
    if (width + cluster.width > room) {
      pieces.push(`${piece}${isQuoted ? "'" : ''}\\`);
      piece = isQuoted ? "'" : '';
      width = piece.length;
    }
    piece += cluster.text;
    width += cluster.width;
  }
  return [...pieces, piece];
}
