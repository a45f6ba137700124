import {span} from '../drawing/compose.ts';
import {emptyLogText} from '../logs/empty-log.ts';
import {logLineTone} from '../logs/log-line-rows.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {connectionNote} from './freshness.ts';
import {panelOf} from './panel-of.ts';

/** The newest lines of the engine's log that fit. While the operator scrolls, the log passed in is shorter. */
export function logView(input: ViewInput): PanelView {
  const {data, rows} = input;
  const lines: Row[] =
    data.log.length === 0
      ? [[span(emptyLogText(data), 'dim')]]
      : data.log.slice(-Math.max(1, rows)).map(({text}) => [span(text, logLineTone(text))]);
  return panelOf(input, {title: 'Engine log', titleNote: connectionNote(input)}, lines);
}
