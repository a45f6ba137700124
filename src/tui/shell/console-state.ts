import type {OpenScreen} from '../screens/screen.ts';

/** The last message about a command or a key. */
export type Notice = {
  readonly kind: 'pending' | 'accepted' | 'done' | 'failed' | 'cancelled' | 'refused' | 'ignored' | 'closed';
  readonly text: string;
  /** What to do next; null if nothing. */
  readonly remedy: string | null;
  readonly atMs: number;
  /** The accepted command that the notice is about; absent for none. */
  readonly commandId?: number;
};

/** The console's own state; everything else comes from the session's data. */
export type ConsoleState = {
  /** The screen below everything else. */
  readonly base: OpenScreen;
  /** The screen or dialog over it, which takes the keys; null for none. */
  readonly cover: OpenScreen | null;
  /** A key of the read that is being handled opened the dialog: what else that read holds was pressed before it was shown. */
  readonly isUnseen: boolean;
  readonly notice: Notice | null;
};

/** The state in which the console opens. */
export function initialConsoleState(base: OpenScreen): ConsoleState {
  return {base, cover: null, isUnseen: false, notice: null};
}

/** The screen that gets the keys. */
export function topScreen({base, cover}: ConsoleState): OpenScreen {
  return cover ?? base;
}

/** The state with another screen on top; what is below stays. */
export function withTopScreen(state: ConsoleState, screen: OpenScreen): ConsoleState {
  return state.cover === null ? {...state, base: screen} : {...state, cover: screen};
}

/** The state with a screen over the base. */
export function covered(state: ConsoleState, cover: OpenScreen): ConsoleState {
  return {...state, cover, isUnseen: cover.screen.kind === 'dialog'};
}

/** The state without what covers the base, and without what was said of a key pressed there. */
export function uncovered(state: ConsoleState): ConsoleState {
  const open = {...state, cover: null, isUnseen: false};
  return state.cover === null || !isAboutKey(state.notice) ? open : {...open, notice: null};
}

/** True for a notice about a key that had no effect: it is over when the screen changes. */
export function isAboutKey(notice: Notice | null): boolean {
  return notice?.kind === 'refused' || notice?.kind === 'ignored';
}

/** The state when the next read of the terminal arrives: what is open was on the screen before. */
export function atNextRead(state: ConsoleState): ConsoleState {
  return state.isUnseen ? {...state, isUnseen: false} : state;
}

/** The notice for a key that does nothing. */
export function refusal(text: string, atMs: number, remedy: string | null = null): Notice {
  return {kind: 'refused', text, remedy, atMs};
}
