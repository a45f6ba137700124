import type {ConsoleData} from '../../client/console-data.ts';
import type {Row} from '../../views/rows.ts';
import {MIN_TERMINAL} from './terminal-area.ts';

/** Content for a very small terminal: engine state, SIMULATED, and the required size. */
export function tooSmallRow({snapshot}: ConsoleData): Row {
  const state = snapshot?.engine.state ?? 'connecting';
  return [
    ...(snapshot?.simulated === true ? [{text: 'SIMULATED ', tone: 'simulated'} as const] : []),
    {text: state, tone: 'strong'},
    {text: ` (needs ${MIN_TERMINAL.columns}x${MIN_TERMINAL.rows})`, tone: 'dim'},
  ];
}
