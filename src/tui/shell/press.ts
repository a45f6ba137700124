import type {CommandInput} from '../../api/commands.ts';
import type {ReplayMove} from '../../client/console-data.ts';
import {assertNever} from '../../shared/assert-never.ts';
import {type KeyName, shownKey} from '../keys/key-names.ts';
import {begunWord, continuedWord} from '../keys/typed-word.ts';
import type {PagedLog} from '../pager.ts';
import type {SavedForm} from '../saving/saved-screen.ts';
import {
  type Copied,
  cannot,
  disabledReason,
  type OpenScreen,
  type Origin,
  promptRefusal,
  READ_ONLY,
  type Reaction,
  type Screen,
  type ScreenContext,
} from '../screens/screen.ts';
import {
  type ConsoleState,
  covered,
  refusal,
  topScreen,
  uncovered,
  withoutCover,
  withoutNotices,
  withoutSaid,
  withTopScreen,
} from './console-state.ts';
import {copiedFrom} from './copied-text.ts';
import {type Meaning, meaningOf, type ShellAction, stepBack, tabsOf, worksInPrompt} from './shell-keys.ts';
import {withNextTab, withTab, withTabAs} from './tabs.ts';
import {seenContext, topContext} from './top-context.ts';
import {unknownKey} from './unknown-key.ts';

/** The effect of a key press outside the console's own state. */
export type Effect =
  | {readonly kind: 'send'; readonly command: CommandInput; readonly pending: string}
  | {readonly kind: 'copy'; readonly copied: Copied}
  | {readonly kind: 'save'; readonly form: SavedForm}
  | {readonly kind: 'leave'; readonly reason: 'quit' | 'ctrl-c'}
  | {readonly kind: 'mouse'}
  | {readonly kind: 'redraw'}
  | {readonly kind: 'replay'; readonly move: ReplayMove}
  | {readonly kind: 'page'; readonly log: PagedLog}
  | {readonly kind: 'suspend'};

export type Pressed = {readonly state: ConsoleState; readonly effect: Effect | null};

/**
 * The console after a key press, and its effect. Pure. Text input comes before every key. A key that arrived together
 * with the one that opened a dialog is no answer to it: whoever pressed it had not seen the question. Neither is one that
 * arrived with an answer, or the rest of a word that answered, a key of the screen below.
 */
export function press(state: ConsoleState, key: KeyName, screens: readonly Screen[], context: ScreenContext): Pressed {
  const {nowMs, keymap} = context;
  const word = continuedWord(state.word, key, nowMs);
  if (word !== null) return quiet({...state, word});
  const pressed = pressKey({...state, word: null}, key, screens, context);
  const isAnswer = isDialog(state.cover) && pressed.state.cover === null && !keymap.has('console.back', key);
  if (!isAnswer) return pressed;
  return {...pressed, state: {...pressed.state, isUnseen: true, word: begunWord(key, keymap, nowMs)}};
}

function pressKey(state: ConsoleState, key: KeyName, screens: readonly Screen[], context: ScreenContext): Pressed {
  const typed = topScreen(state).type(key, context.keymap);
  if (typed !== null) return quiet(changed(state, typed, context.nowMs));
  const meaning = meaningOf(state, screens, (line) => context.keymap.lineOf(line).keys.includes(key));
  const isLeaving = context.keymap.has('console.leave-now', key);
  const wasMeantForOther = state.cover === null ? !isLeaving : meaning?.of === 'screen';
  if (state.isUnseen && wasMeantForOther) return quiet(ignored(state, key, context));
  if (topScreen(state).isPrompting && !worksInPrompt(meaning)) {
    const {reason, remedy} = promptRefusal(context);
    return quiet({...state, notice: refusal(reason, context.nowMs, remedy)});
  }
  // Those of a recording are no keys of a live console.
  const isNone = meaning === null || (meaning.of === 'shell' && meaning.line.disabledReason(context.data) !== null);
  if (isNone) return quiet({...state, notice: unknownKey(state, key, screens, context)});
  return acted(state, perform(state, meaning, key, screens, context), meaning, context.nowMs);
}

/** The console after a key that acted: what was said of an earlier one is over, unless it is to be read with what the key opened. */
function acted(before: ConsoleState, {state, effect}: Pressed, meaning: Meaning, nowMs: number): Pressed {
  const isKept = meaning.of === 'opener' && meaning.screen.opener.keepsNotice && state.cover !== before.cover;
  return isKept || state.notice !== before.notice ? {state, effect} : {state: withoutSaid(state, nowMs), effect};
}

/** Does what a key means; `key` is null where its action was chosen by name. */
function perform(
  state: ConsoleState,
  meaning: Meaning,
  key: KeyName | null,
  screens: readonly Screen[],
  context: ScreenContext,
): Pressed {
  if (meaning.line.isDangerous && state.frozen !== null) {
    // What acts is decided by what is, not by a picture of earlier.
    return perform({...state, frozen: null}, meaning, key, screens, context);
  }
  switch (meaning.of) {
    case 'screen': {
      const reaction = topScreen(state).act(meaning.line.id, topContext(state, screens, context));
      return reaction === null ? quiet(state) : reacted(state, reaction, screens, context);
    }
    case 'opener':
      return quiet(toggled(state, meaning.screen, key, screens, context));
    case 'shell':
      return performShell(meaning.action, state, context, screens);
    default:
      return assertNever(meaning);
  }
}

function isDialog(cover: OpenScreen | null): boolean {
  return cover?.screen.kind === 'dialog';
}

/** The console after a paste. Pasted text presses no keys: its letters would be dangerous commands. */
export function paste(state: ConsoleState, text: string, nowMs: number): ConsoleState {
  const taken = topScreen(state).paste(text.trim());
  if (taken !== null) return changed(state, taken, nowMs);
  const reason = topScreen(state).isPrompting
    ? 'this field does not take the pasted text: it is too long, or not what is typed here'
    : 'pasted text has no effect here';
  return {...state, notice: refusal(reason, nowMs)};
}

type Act = (state: ConsoleState, context: ScreenContext, screens: readonly Screen[]) => Pressed;

function performShell(action: ShellAction, ...rest: Parameters<Act>): Pressed {
  return typeof action === 'string' ? shellActions[action](...rest) : replayed(action.replay)(...rest);
}

const shellActions: Readonly<Record<Extract<ShellAction, string>, Act>> = {
  back: (state, context, screens) => quiet(back(state, context, screens)),
  'next-screen': (state, context, screens) => quiet(withNextTab(state, 1, screens, context)),
  'previous-screen': (state, context, screens) => quiet(withNextTab(state, -1, screens, context)),
  freeze: (state, {data, nowMs}) => quiet({...state, frozen: state.frozen === null ? {data, nowMs} : null}),
  copy(state, context, screens) {
    const copied = copiedFrom(state, screens, context);
    if (copied === null) return quiet({...state, notice: refusal('there is nothing to copy here', context.nowMs)});
    return {state, effect: {kind: 'copy', copied}};
  },
  'save-text': (state) => ({state, effect: {kind: 'save', form: 'text'}}),
  'save-svg': (state) => ({state, effect: {kind: 'save', form: 'svg'}}),
  mouse: (state) => ({state, effect: {kind: 'mouse'}}),
  redraw: (state) => ({state, effect: {kind: 'redraw'}}),
  suspend: (state) => ({state, effect: {kind: 'suspend'}}),
  leave: (state) => ({state, effect: {kind: 'leave', reason: 'quit'}}),
  'leave-now': (state) => ({state, effect: {kind: 'leave', reason: 'ctrl-c'}}),
};

/** What was said about another moment goes with it: the clock of a replay does not let it expire. */
function replayed(move: ReplayMove): Act {
  return (state, {nowMs}) => ({state: withoutNotices(state, nowMs), effect: {kind: 'replay', move}});
}

function ignored(state: ConsoleState, key: KeyName, {nowMs}: ScreenContext): ConsoleState {
  const text =
    state.cover === null
      ? `${shownKey(key)} was pressed before the dialog had closed. Press it again.`
      : `${shownKey(key)} was pressed before this question was shown. Answer it now.`;
  return {...state, notice: {kind: 'ignored', text, remedy: null, atMs: nowMs}};
}

function reacted(
  state: ConsoleState,
  reaction: Reaction<OpenScreen>,
  screens: readonly Screen[],
  context: ScreenContext,
): Pressed {
  const {nowMs} = context;
  switch (reaction.kind) {
    case 'stay':
      return quiet(changed(state, reaction.state, nowMs));
    case 'refuse': {
      const {reason, remedy, screen} = reaction;
      const shown = screen === undefined ? state : withTopScreen(state, screen);
      return quiet({...shown, notice: refusal(reason, nowMs, remedy)});
    }
    case 'close': {
      const {note} = reaction;
      const closed = withoutCover(state);
      return quiet(
        note === undefined ? closed : {...closed, notice: {kind: 'closed', text: note, remedy: null, atMs: nowMs}},
      );
    }
    case 'page': {
      const path = context.data.snapshot?.engine.logPath ?? null;
      if (path === null) return quiet(state);
      return {state: withoutNotices(state, nowMs), effect: {kind: 'page', log: {path, atBytes: reaction.atBytes}}};
    }
    case 'open':
      return quiet(covered(withoutNotices(state, nowMs), reaction.screen));
    case 'return':
      return quiet(returned(state, reaction, context));
    case 'show':
      return quiet(withTabAs(state, reaction.screen, context));
    case 'do': {
      const below = withoutCover(state);
      const meaning = meaningOf(below, screens, ({id}) => id === reaction.id);
      return meaning === null ? quiet(below) : perform(below, meaning, null, screens, context);
    }
    case 'send': {
      const {command, pending} = reaction;
      // Whatever key it was: a console that only watches sends no command.
      if (context.isReadOnly) return quiet({...uncovered(state), notice: refusal(READ_ONLY, nowMs)});
      return {state: uncovered(state), effect: {kind: 'send', command, pending}};
    }
    default:
      return assertNever(reaction);
  }
}

/** A change of a screen clears what was said of the key before it. */
function changed(state: ConsoleState, screen: OpenScreen, nowMs: number): ConsoleState {
  return withoutSaid(withTopScreen(state, screen), nowMs);
}

/** Its key opens a screen. The letter of one that is open leaves it again; the number of a tab, or its name, stays on it. */
function toggled(
  state: ConsoleState,
  screen: Screen,
  key: KeyName | null,
  screens: readonly Screen[],
  context: ScreenContext,
): ConsoleState {
  const {opener, tab, name} = screen;
  const isShown = topScreen(state).screen.name === name;
  if (isShown && tab === null) return withoutCover(state);
  if (isShown && key !== null && key !== String(tab?.number)) return firstTab(state, screens, context);
  const reason = disabledReason(opener, context);
  if (reason !== null) return {...state, notice: refusal(cannot(opener, reason), context.nowMs)};
  if (tab !== null) return withTab(state, screen, context);
  const seen = seenContext(state, context);
  const opened = opener.open(seen, topScreen(state).finding(seen));
  if ('refused' in opened) return {...state, notice: refusal(opened.refused, context.nowMs)};
  return covered(opener.keepsNotice ? state : withoutNotices(state, context.nowMs), opened.screen);
}

/** What is open closes first, together with the message about the last key; without anything open, the message is dismissed before the tab is left. */
function back(state: ConsoleState, context: ScreenContext, screens: readonly Screen[]): ConsoleState {
  const {nowMs} = context;
  const step = stepBack(state, context);
  switch (step.kind) {
    case 'return':
      return returned(state, step.origin, context);
    case 'earlier':
      return withTopScreen(state, step.screen);
    case 'close':
      return withoutCover(state);
    case 'dismiss':
      return withoutNotices(state, nowMs);
    case 'leave':
      return firstTab(state, screens, context);
    default:
      return assertNever(step);
  }
}

/** A tab is shown again, and what covers one is opened over it. */
function returned(state: ConsoleState, {to, left}: Origin<OpenScreen>, context: ScreenContext): ConsoleState {
  const below = withTopScreen(state, left);
  return to.screen.tab === null ? covered(withoutNotices(below, context.nowMs), to) : withTabAs(below, to, context);
}

function firstTab(state: ConsoleState, screens: readonly Screen[], context: ScreenContext): ConsoleState {
  const [first] = tabsOf(screens);
  return first === undefined || first.name === state.base.screen.name
    ? uncovered(state)
    : withTab(state, first, context);
}

function quiet(state: ConsoleState): Pressed {
  return {state, effect: null};
}
