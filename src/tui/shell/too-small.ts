import type {ConsoleData} from '../../client/console-data.ts';
import type {Viewport} from '../../layout/solve-layout.ts';
import type {Row} from '../../views/rows.ts';
import {type Pen, paintRow} from '../painting/paint-row.ts';
import {MIN_TERMINAL} from './terminal-area.ts';

/** Content for a very small terminal: engine state, SIMULATED, and the required size. */
export function tooSmallLine({snapshot}: ConsoleData, size: Viewport, pen: Pen): string {
  const state = snapshot?.engine.state ?? 'connecting';
  const row: Row = [
    ...(snapshot?.simulated === true ? [{text: 'SIMULATED ', tone: 'simulated'} as const] : []),
    {text: state, tone: 'strong'},
    {text: ` (needs ${MIN_TERMINAL.columns}x${MIN_TERMINAL.rows})`, tone: 'dim'},
  ];
  return paintRow(row, size.columns, pen);
}
