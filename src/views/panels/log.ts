import {fit, span} from '../compose.ts';
import {freshnessNote} from '../freshness.ts';
import type {PanelView, Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** The newest lines of the engine's log that fit. The shell hands over a shorter log while the operator scrolls. */
export function logView(input: ViewInput): PanelView {
  const {data, columns, rows, glyphs} = input;
  const lines: Row[] =
    data.log.length === 0
      ? [[span('no log yet', 'dim')]]
      : data.log.slice(-Math.max(1, rows)).map(({text}) => [span(text, toneOf(text))]);
  const note = freshnessNote(input, 'log');
  return {
    title: 'Engine log',
    titleNote: note.startsWith('connection') ? note : '',
    tone: 'normal',
    rows: fit(lines, columns, rows, glyphs),
  };
}

function toneOf(text: string): Tone {
  if (/\b(ERROR|CRITICAL|FATAL|Traceback|Error:)/.test(text)) return 'critical';
  return /\bWARN(ING)?\b/.test(text) ? 'warning' : 'normal';
}
