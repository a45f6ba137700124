import {type ReplayMove, replayMoves} from '../../client/console-data.ts';
import {byGroup, type KeyLine, keyLine} from '../keys/key-line.ts';
import {type KeyId, keySpec} from '../keys/key-table.ts';
import type {Keymap} from '../keys/keymap.ts';
import type {OpenScreen, Origin, Screen, ScreenContext} from '../screens/screen.ts';
import {type ConsoleState, topScreen} from './console-state.ts';
import {shownNotice} from './notice-rows.ts';

export type ShellAction =
  | 'back'
  | 'copy'
  | 'freeze'
  | 'save-svg'
  | 'save-text'
  | 'mouse'
  | 'redraw'
  | 'suspend'
  | 'leave'
  | 'leave-now'
  | 'next-screen'
  | 'previous-screen'
  | {readonly replay: ReplayMove};
export type ShellKey = KeyLine & {readonly action: ShellAction};

const back = shellKey('back', 'console.back');
const copy = shellKey('copy', 'console.copy');
const saveText = shellKey('save-text', 'console.save-text');
const saveSvg = shellKey('save-svg', 'console.save-svg');
const freeze = shellKey('freeze', 'console.freeze');
const mouse = shellKey('mouse', 'console.mouse');
const redraw = shellKey('redraw', 'console.redraw');
const suspend = shellKey('suspend', 'console.suspend');
const leave = shellKey('leave', 'console.leave');
const leaveNow = shellKey('leave-now', 'console.leave-now');
const nextScreen = shellKey('next-screen', 'screen.next');
const previousScreen = shellKey('previous-screen', 'screen.previous');

const replay = replayMoves.map((move) => shellKey({replay: move}, `replay.${move}`));

/** Keys that work on every screen. Letters only do on screens without text input, never in a dialog. */
export function shellKeysOn({kind, takesText}: Screen): readonly ShellKey[] {
  const anywhere = [back, redraw, suspend, leaveNow];
  if (kind === 'dialog') return anywhere;
  const letters = [leave, freeze, copy, saveText, saveSvg, mouse, ...replay];
  return [...(takesText ? [] : letters), ...anywhere, nextScreen, previousScreen];
}

/** The keys that open something from here: a tab from any screen, everything else from a tab. The key of an open screen closes it. */
export function openersOn({cover}: ConsoleState, screens: readonly Screen[]): readonly OpeningKey[] {
  return reachableFrom(cover?.screen ?? null, screens).map(({opener}) => opener);
}
export type OpeningKey = Screen['opener'];

/** The screens whose keys work while this covers a tab, or nothing does. */
export function reachableFrom(cover: Screen | null, screens: readonly Screen[]): readonly Screen[] {
  if (cover === null) return screens;
  if (cover.kind === 'dialog') return [];
  const everywhere = screens.filter(({opener, name}) => opener.isEverywhere && name !== cover.name);
  return cover.takesText ? [cover] : [cover, ...everywhere, ...tabsOf(screens)];
}

/** What a key means now: of the screen on top first, then what it opens, then what it does on every screen. */
export type Meaning =
  | {readonly of: 'screen'; readonly line: KeyLine}
  | {readonly of: 'opener'; readonly line: KeyLine; readonly screen: Screen}
  | {readonly of: 'shell'; readonly line: KeyLine; readonly action: ShellAction};

/** The meaning of the first line that fits, in the order in which they take keys; null for none. */
export function meaningOf(
  {base, cover}: ConsoleState,
  screens: readonly Screen[],
  fits: (line: KeyLine) => boolean,
): Meaning | null {
  const {screen: top} = cover ?? base;
  const line = top.lines.find(fits);
  if (line !== undefined) return {of: 'screen', line};
  const screen = reachableFrom(cover?.screen ?? null, screens).find(({opener}) => fits(opener));
  if (screen !== undefined) return {of: 'opener', line: screen.opener, screen};
  const key = shellKeysOn(top).find(fits);
  return key === undefined ? null : {of: 'shell', line: key, action: key.action};
}

const inPrompts: ReadonlySet<ShellAction> = new Set<ShellAction>([
  ...(['back', 'redraw', 'suspend', 'leave-now', 'next-screen', 'previous-screen'] as const),
]);

/** True for what works while a text is typed, or is judged by the screen in which it is. */
export function worksInPrompt(meaning: Meaning | null): boolean {
  return meaning?.of === 'screen' || (meaning?.of === 'shell' && inPrompts.has(meaning.action));
}

/** What Esc does now. */
export type StepBack =
  /** To the screen from which this one was opened. */
  | {readonly kind: 'return'; readonly origin: Origin<OpenScreen>}
  /** The screen without what is open in it: a text that is typed, a zoomed panel, an open row. */
  | {readonly kind: 'earlier'; readonly screen: OpenScreen}
  /** The screen or dialog over the tab closes. */
  | {readonly kind: 'close'}
  | {readonly kind: 'dismiss'}
  /** The first tab. */
  | {readonly kind: 'leave'};

/** The one step of Esc, the same for what it does and for what the footer says of it. A message takes one only where nothing is open. */
export function stepBack(state: ConsoleState, context: ScreenContext): StepBack {
  const top = topScreen(state);
  const origin = top.isPrompting ? null : top.origin();
  if (origin !== null) return {kind: 'return', origin};
  const screen = top.back(context);
  if (screen !== null) return {kind: 'earlier', screen};
  if (state.cover !== null) return {kind: 'close'};
  return shownNotice(state, context.data, context.nowMs) === null ? {kind: 'leave'} : {kind: 'dismiss'};
}

/** The screens in the row of tabs, in its order. */
export const tabsOf = oncePerObject((screens: readonly Screen[]): readonly Screen[] =>
  screens.filter(({tab}) => tab !== null).toSorted((a, b) => (a.tab?.number ?? 0) - (b.tab?.number ?? 0)),
);

/** Every key that has an effect now, in the order of the footer, and what has no key. */
export function keysNow({base, cover}: ConsoleState, screens: readonly Screen[], keymap: Keymap): readonly KeyLine[] {
  const {onTabs, onCovers} = keysBy(keymap)(screens);
  return cover === null ? onTabs(base.screen) : onCovers(cover.screen);
}

/** The keys of each screen: these change only with the screens. */
const keysBy = oncePerObject((keymap: Keymap) =>
  oncePerObject((screens: readonly Screen[]) => ({
    onTabs: oncePerObject((screen: Screen) => keysOf(screen, reachableFrom(null, screens), keymap)),
    onCovers: oncePerObject((screen: Screen) => keysOf(screen, reachableFrom(screen, screens), keymap)),
  })),
);

function keysOf(screen: Screen, reachable: readonly Screen[], keymap: Keymap): readonly KeyLine[] {
  const lines = screen.lines.map(keymap.lineOf);
  const own = new Set(lines.flatMap(({keys}) => keys));
  // A key of the screen itself comes first.
  const others = [...reachable.map(({opener}) => opener), ...shellKeysOn(screen)].map(keymap.lineOf);
  return byGroup([...lines, ...others.filter(({keys}) => keys.length === 0 || keys.some((key) => !own.has(key)))]);
}

/** The function, called once for each object. */
function oncePerObject<In extends object, Out>(compute: (input: In) => Out): (input: In) => Out {
  const known = new WeakMap<In, {readonly output: Out}>();
  return (input) => {
    const found = known.get(input) ?? {output: compute(input)};
    known.set(input, found);
    return found.output;
  };
}

/** Every key of every screen; a line that several screens share is listed once. */
export function allKeys(screens: readonly Screen[], keymap: Keymap): readonly KeyLine[] {
  const lines = screens.flatMap((screen) => [screen.opener, ...shellKeysOn(screen), ...screen.lines]);
  return [...new Map(lines.map((line) => [line.id, keymap.lineOf(line)])).values()];
}

function shellKey(action: ShellAction, id: KeyId): ShellKey {
  return {...keyLine(keySpec(id)), action};
}
