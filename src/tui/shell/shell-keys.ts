import {byGroup, type KeyLine, keyLine} from '../keys/key-line.ts';
import type {Screen} from '../screens/screen.ts';
import type {ConsoleState} from './console-state.ts';

export type ShellAction = 'back' | 'redraw' | 'suspend' | 'leave' | 'leave-now';
export type ShellKey = KeyLine & {readonly action: ShellAction};

const back = shellKey('back', {keys: ['escape'], shown: 'Esc', description: 'close, or back'});
const redraw = shellKey('redraw', {keys: ['ctrl+l'], shown: 'Ctrl+L', description: 'redraw the screen'});
const suspend = shellKey('suspend', {
  keys: ['ctrl+z'],
  shown: 'Ctrl+Z',
  description: 'suspend the console; fg continues it',
});
const leave = shellKey('leave', {
  keys: ['q'],
  hint: 'leave',
  description: 'exit the console; the server keeps running',
});
const leaveNow = shellKey('leave-now', {
  keys: ['ctrl+c'],
  shown: 'Ctrl+C',
  description: 'exit from anywhere; the server keeps running',
});

/** Keys that work on every screen. `q` leaves only screens without text input, never a dialog. */
export function shellKeysOn({kind, takesText}: Screen): readonly ShellKey[] {
  return kind === 'screen' && !takesText ? [back, redraw, suspend, leave, leaveNow] : [back, redraw, suspend, leaveNow];
}

/** The keys that open a screen from here: every one from the base. On an open screen, its own key closes it. */
export function openersOn({base, cover}: ConsoleState, screens: readonly Screen[]): readonly OpeningKey[] {
  const reachable = cover === null ? [base.screen, ...screens] : cover.screen.kind === 'screen' ? [cover.screen] : [];
  return reachable.flatMap(({opener}) => (opener === null ? [] : [opener]));
}
export type OpeningKey = NonNullable<Screen['opener']>;

/** Every key that has an effect now, in the order of the footer. */
export function keysNow(state: ConsoleState, screens: readonly Screen[]): readonly KeyLine[] {
  const {screen} = state.cover ?? state.base;
  return byGroup([...screen.lines, ...openersOn(state, screens), ...shellKeysOn(screen)]);
}

/** Every key of every screen; a line that several screens share is listed once. */
export function allKeys(base: Screen, screens: readonly Screen[]): readonly KeyLine[] {
  const openers = screens.flatMap(({opener}) => (opener === null ? [] : [opener]));
  const lines = [...base.lines, ...openers, ...shellKeysOn(base), ...screens.flatMap((screen) => screen.lines)];
  const seen = new Map<string, KeyLine>();
  for (const line of lines) {
    const name = `${line.group} ${line.shown} ${line.description}`;
    if (!seen.has(name)) seen.set(name, line);
  }
  return [...seen.values()];
}

function shellKey(action: ShellAction, spec: Pick<KeyLine, 'keys' | 'description'> & Partial<KeyLine>): ShellKey {
  return {...keyLine(spec, 'Console'), action};
}
