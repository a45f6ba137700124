import {span} from '../drawing/compose.ts';
import type {PanelView, Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {connectionNote} from './freshness.ts';
import {panelOf} from './panel-of.ts';

/** The newest lines of the engine's log that fit. While the operator scrolls, the log passed in is shorter. */
export function logView(input: ViewInput): PanelView {
  const {data, rows} = input;
  const lines: Row[] =
    data.log.length === 0
      ? [[span(emptyText(input), 'dim')]]
      : data.log.slice(-Math.max(1, rows)).map(({text}) => [span(text, toneOf(text))]);
  return panelOf(input, {title: 'Engine log', titleNote: connectionNote(input)}, lines);
}

function emptyText({data}: ViewInput): string {
  if (data.snapshot === null) return 'no log yet';
  return data.snapshot.sources.log.detail ?? 'the engine has not logged anything yet';
}

/** By the engines' log level, or Python's fatal messages. */
function toneOf(text: string): Tone {
  if (/\b(?:ERROR|CRITICAL|FATAL)\b|\bTraceback\b|\b\w*(?:Error|Exception):/.test(text)) return 'critical';
  return /\bWARN(?:ING)?\b/.test(text) ? 'warning' : 'normal';
}
