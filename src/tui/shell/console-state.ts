import type {OpenScreen} from '../screens/screen.ts';

/** The last message about a command. */
export type Notice = {
  readonly kind: 'pending' | 'accepted' | 'refused';
  readonly text: string;
  /** What to do next; null if nothing. */
  readonly remedy: string | null;
  readonly atMs: number;
};

/** The console's own state; everything else comes from the session's data. */
export type ConsoleState = {
  /** The screen below everything else. */
  readonly base: OpenScreen;
  /** The screen or dialog over it, which takes the keys; null for none. */
  readonly cover: OpenScreen | null;
  readonly notice: Notice | null;
};

/** The state in which the console opens. */
export function initialConsoleState(base: OpenScreen): ConsoleState {
  return {base, cover: null, notice: null};
}

/** The screen that gets the keys. */
export function topScreen({base, cover}: ConsoleState): OpenScreen {
  return cover ?? base;
}

/** The state with another screen on top; what is below stays. */
export function withTopScreen(state: ConsoleState, screen: OpenScreen): ConsoleState {
  return state.cover === null ? {...state, base: screen} : {...state, cover: screen};
}

/** The notice for a key that does nothing. */
export function refusal(text: string, atMs: number, remedy: string | null = null): Notice {
  return {kind: 'refused', text, remedy, atMs};
}
