import {keySpec} from '../../keys/key-table.ts';
import type {ScreenKey} from '../screen.ts';

/** Starts the engine, from every screen with panels. */
export function startKey<State>(): ScreenKey<State> {
  return {
    ...keySpec('engine.start'),
    press: () => ({kind: 'send', command: {type: 'start'}, pending: 'start the engine'}),
  };
}
