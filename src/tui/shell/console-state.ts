import type {OpenScreen} from '../screens/screen.ts';

/** What the console last has to say about a command. */
export type Notice = {
  readonly kind: 'pending' | 'accepted' | 'refused';
  readonly text: string;
  /** What to do next; null where there is nothing to do. */
  readonly remedy: string | null;
  readonly atMs: number;
};

/** What the console itself remembers; everything else comes from the session's data. */
export type ConsoleState = {
  /** What is shown while nothing covers it. */
  readonly base: OpenScreen;
  /** The screen or dialog that was opened over it and takes the keys. */
  readonly cover: OpenScreen | null;
  readonly notice: Notice | null;
};

/** The console as it opens. */
export function initialConsoleState(base: OpenScreen): ConsoleState {
  return {base, cover: null, notice: null};
}

/** The screen that keys go to. */
export function topScreen({base, cover}: ConsoleState): OpenScreen {
  return cover ?? base;
}

/** The state with another screen on top; what is below stays. */
export function withTopScreen(state: ConsoleState, screen: OpenScreen): ConsoleState {
  return state.cover === null ? {...state, base: screen} : {...state, cover: screen};
}

/** What the operator is told when a key does nothing. */
export function refusal(text: string, atMs: number, remedy: string | null = null): Notice {
  return {kind: 'refused', text, remedy, atMs};
}
