import type {ConsoleData} from '../../client/console-data.ts';
import type {TypedWord} from '../keys/typed-word.ts';
import type {OpenScreen} from '../screens/screen.ts';

/** A message about a command or a key. */
export type Notice = {
  readonly kind:
    | 'pending'
    | 'accepted'
    | 'done'
    | 'failed'
    | 'cancelled'
    | 'refused'
    | 'ignored'
    | 'closed'
    | 'copied'
    | 'saved'
    | 'unsaved'
    | 'configuration'
    | 'paged'
    | 'mouse';
  readonly text: string;
  /** What to do next; null if nothing. */
  readonly remedy: string | null;
  readonly atMs: number;
};

/** The last command that was sent. */
export type SentCommand = {
  /** The supervisor's answer; before it, what was sent. */
  readonly notice: Notice;
  /** Number of its event, by which its end is recognized; null until it is accepted. */
  readonly id: number | null;
  /** What was said of it until then has been read; null if nothing was. */
  readonly readAtMs: number | null;
};

/** The picture that stands still: the data and the time of the moment at which it was frozen. */
export type FrozenPicture = {readonly data: ConsoleData; readonly nowMs: number};

/** The console's own state; everything else comes from the session's data. */
export type ConsoleState = {
  /** The tab that is shown, below everything else. */
  readonly base: OpenScreen;
  /** The other tabs as they were left. */
  readonly kept: readonly OpenScreen[];
  /** When each tab was last shown, by its name. */
  readonly leftAtMs: Readonly<Record<string, number>>;
  readonly openedAtMs: number;
  /** The screen or dialog over it, which takes the keys; null for none. */
  readonly cover: OpenScreen | null;
  /** What covered the tab before the cover opened over it, and does again after that; null for none. */
  readonly under: OpenScreen | null;
  /** Null while the picture follows the data. */
  readonly frozen: FrozenPicture | null;
  /** A key of the read that is being handled opened or answered a dialog: what else that read holds was pressed before that was shown. */
  readonly isUnseen: boolean;
  /** About the last key. */
  readonly notice: Notice | null;
  readonly sent: SentCommand | null;
  readonly word: TypedWord | null;
};

/** The state in which the console opens. */
export function initialConsoleState(base: OpenScreen, openedAtMs: number): ConsoleState {
  const shown = {base, kept: [], leftAtMs: {}, openedAtMs, cover: null, under: null};
  return {...shown, frozen: null, isUnseen: false, notice: null, sent: null, word: null};
}

/** The screen that gets the keys. */
export function topScreen({base, cover}: ConsoleState): OpenScreen {
  return cover ?? base;
}

/** True for a dialog and for what is typed into over other screens: what they cover stays visible. */
export function isOverlay({screen}: OpenScreen): boolean {
  return screen.kind === 'dialog' || screen.takesText;
}

/** The screen that fills the area: what is on top, or what that leaves visible. */
export function filledScreen({base, cover, under}: ConsoleState): OpenScreen {
  if (cover === null) return base;
  return isOverlay(cover) ? (under ?? base) : cover;
}

/** The state with another screen on top; what is below stays. */
export function withTopScreen(state: ConsoleState, screen: OpenScreen): ConsoleState {
  return state.cover === null ? {...state, base: screen} : {...state, cover: screen};
}

/** The state with a screen over the base; over what covers the base, too, where it opens everywhere. */
export function covered(state: ConsoleState, cover: OpenScreen): ConsoleState {
  const isOver = cover.screen.opener.isEverywhere;
  const below = state.cover?.screen.opener.isEverywhere === true ? state.under : state.cover;
  return {...state, cover, under: isOver ? below : null, isUnseen: cover.screen.kind === 'dialog'};
}

/** The state without the cover: what was under it gets the keys again. */
export function withoutCover(state: ConsoleState): ConsoleState {
  return {...uncovered(state), cover: state.under};
}

/** The state without all that covers the base, and without what was said of a key pressed there. */
export function uncovered(state: ConsoleState): ConsoleState {
  const open = {...state, cover: null, under: null, isUnseen: false};
  return state.cover === null ? open : {...open, notice: null};
}

/** The state after every message that is shown has been read. */
export function withoutNotices(state: ConsoleState, nowMs: number): ConsoleState {
  return {...state, notice: null, sent: state.sent === null ? null : {...state.sent, readAtMs: nowMs}};
}

/**
 * The state after a key acted: what was said of an earlier key is over, and so is the refusal of a command. The progress of a
 * command is shown for its time.
 */
export function withoutSaid(state: ConsoleState, nowMs: number): ConsoleState {
  return state.sent?.notice.kind === 'refused' ? withoutNotices(state, nowMs) : {...state, notice: null};
}

/** The state when the next read of the terminal arrives: what is open was on the screen before. */
export function atNextRead(state: ConsoleState): ConsoleState {
  return state.isUnseen ? {...state, isUnseen: false} : state;
}

/** The notice for a key that does nothing. */
export function refusal(text: string, atMs: number, remedy: string | null = null): Notice {
  return {kind: 'refused', text, remedy, atMs};
}
