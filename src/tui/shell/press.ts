import type {CommandInput} from '../../api/commands.ts';
import type {KeyName} from '../keys/key-names.ts';
import {cannot, type OpenScreen, type Reaction, type Screen, type ScreenContext} from '../screens/screen.ts';
import {type ConsoleState, covered, isAboutKey, refusal, topScreen, uncovered, withTopScreen} from './console-state.ts';
import {shownNotice} from './notice-rows.ts';
import {type OpeningKey, openersOn, type ShellAction, shellKeysOn} from './shell-keys.ts';

/** The effect of a key press outside the console's own state. */
export type Effect =
  | {readonly kind: 'send'; readonly command: CommandInput; readonly pending: string}
  | {readonly kind: 'leave'; readonly reason: 'quit' | 'ctrl-c'}
  | {readonly kind: 'redraw'};

export type Pressed = {readonly state: ConsoleState; readonly effect: Effect | null};

/**
 * The console after a key press, and its effect. Pure. Text input comes before every key. A key that arrived together
 * with the one that opened a dialog is no answer to it: whoever pressed it had not seen the question.
 */
export function press(state: ConsoleState, key: KeyName, screens: readonly Screen[], context: ScreenContext): Pressed {
  const top = topScreen(state);
  const typed = top.type(key);
  if (typed !== null) return quiet(changed(state, typed));
  if (state.isUnseen && top.press(key, context) !== null) return quiet(ignored(state, key, context));
  const reaction = top.press(key, context);
  if (reaction !== null) return reacted(state, reaction, context.nowMs);
  const opener = openersOn(state, screens).find(({keys}) => keys.includes(key));
  if (opener !== undefined) return quiet(toggled(state, opener, context));
  const shellKey = shellKeysOn(top.screen).find(({keys}) => keys.includes(key));
  return shellKey === undefined ? quiet(state) : shellActions[shellKey.action](state, context);
}

/** The console after a paste. Pasted text presses no keys: its letters would be dangerous commands. */
export function paste(state: ConsoleState, text: string, nowMs: number): ConsoleState {
  const taken = topScreen(state).paste(text.trim());
  return taken === null ? {...state, notice: refusal('pasted text has no effect here', nowMs)} : changed(state, taken);
}

const shellActions: Readonly<Record<ShellAction, (state: ConsoleState, context: ScreenContext) => Pressed>> = {
  back: (state, context) => quiet(back(state, context)),
  redraw: (state) => ({state, effect: {kind: 'redraw'}}),
  leave: (state) => ({state, effect: {kind: 'leave', reason: 'quit'}}),
  'leave-now': (state) => ({state, effect: {kind: 'leave', reason: 'ctrl-c'}}),
};

function ignored(state: ConsoleState, key: KeyName, {nowMs}: ScreenContext): ConsoleState {
  const text = `${key} was pressed before this question was shown. Answer it now.`;
  return {...state, notice: {kind: 'ignored', text, remedy: null, atMs: nowMs}};
}

function reacted(state: ConsoleState, reaction: Reaction<OpenScreen>, nowMs: number): Pressed {
  switch (reaction.kind) {
    case 'stay':
      return quiet(changed(state, reaction.state));
    case 'refuse':
      return quiet({...state, notice: refusal(reaction.reason, nowMs, reaction.remedy)});
    case 'close': {
      const {note} = reaction;
      const closed = uncovered(state);
      return quiet(
        note === undefined ? closed : {...closed, notice: {kind: 'closed', text: note, remedy: null, atMs: nowMs}},
      );
    }
    case 'open':
      return quiet({...covered(state, reaction.screen), notice: null});
    case 'send': {
      const {command, pending} = reaction;
      return {state: uncovered(state), effect: {kind: 'send', command, pending}};
    }
  }
}

/** A change of a dialog clears the refusal before it. */
function changed(state: ConsoleState, screen: OpenScreen): ConsoleState {
  const next = withTopScreen(state, screen);
  return state.cover !== null && isAboutKey(state.notice) ? {...next, notice: null} : next;
}

function toggled(state: ConsoleState, opener: OpeningKey, context: ScreenContext): ConsoleState {
  if (state.cover !== null) return uncovered(state);
  const reason = opener.disabledReason(context.data);
  if (reason !== null) return {...state, notice: refusal(cannot(opener, reason), context.nowMs)};
  const opened = opener.open(context);
  if ('refused' in opened) return {...state, notice: refusal(opened.refused, context.nowMs)};
  return {...covered(state, opened.screen), notice: opener.keepsNotice ? state.notice : null};
}

/** A notice that is still shown goes first. */
function back(state: ConsoleState, {data, nowMs}: ScreenContext): ConsoleState {
  const hasNotice = shownNotice(state.notice, data, nowMs) !== null;
  if (state.cover === null && hasNotice) return {...state, notice: null};
  const earlier = topScreen(state).back();
  return earlier === null ? uncovered(state) : withTopScreen(state, earlier);
}

function quiet(state: ConsoleState): Pressed {
  return {state, effect: null};
}
