import type {CommandInput} from '../../api/commands.ts';
import type {PreviewRequestInput} from '../../api/preview.ts';
import type {HistoryAnswer} from '../../client/answers/history-answers.ts';
import type {PreviewAnswer} from '../../client/answers/previews.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import type {LogAnswer, LogWant} from '../../client/log-window/log-window.ts';
import type {Rect, Viewport} from '../../layout/solve-layout.ts';
import type {FindingPlace} from '../../views/findings/logged-evidence.ts';
import type {HistoryQuestion} from '../../views/history-screen/history-choice.ts';
import type {PanelView} from '../../views/rows.ts';
import type {KeyLine, KeySpec} from '../keys/key-line.ts';
import type {KeyName} from '../keys/key-names.ts';
import type {KeyId} from '../keys/key-table.ts';
import type {Keymap} from '../keys/keymap.ts';
import type {Pen} from '../painting/paint-row.ts';

/** The input of key handlers and of drawing. */
export type ScreenContext = {
  readonly data: ConsoleData;
  readonly nowMs: number;
  readonly terminal: Viewport;
  /** The part of the terminal between tabs and footer. */
  readonly area: Rect;
  readonly pen: Pen;
  /** False while something covers the screen. */
  readonly isOnTop: boolean;
  /** The keys in force. */
  readonly keymap: Keymap;
  /** Every key of every screen, without duplicates. */
  readonly allKeys: readonly KeyLine[];
  /** Which keys of the configuration are not used, and why. */
  readonly keyProblems: readonly string[];
  /** The supervisor's answer to a screen's request. */
  readonly answerTo: (question: PreviewRequestInput) => PreviewAnswer;
  /** The supervisor's answers to the History screen. */
  readonly history: {readonly window: HistoryAnswer; readonly moment: HistoryAnswer};
  /** What is read of the log's file for the Logs screen. */
  readonly log: LogAnswer;
  /** Milliseconds the terminal lags behind; 0 if unknown. */
  readonly linkDelayMs: number;
  /** Why no pager can be used; null if one can. */
  readonly pagerRefusal: string | null;
  /** True in a console in which nothing that acts can be reached. */
  readonly isReadOnly: boolean;
  /** What the keys of the screen below do, for a screen that offers that; empty elsewhere. */
  readonly actionsBelow: () => readonly OfferedAction[];
};

/** What a key does, and why it is disabled now; null when it works. */
export type OfferedAction = {readonly line: KeyLine; readonly reason: string | null};

/** The effect of a key press. */
export type Reaction<Next> =
  | {readonly kind: 'stay'; readonly state: Next}
  /** `screen`: where the notice of it may cover what the key was about. */
  | (Refused & {readonly screen?: Next})
  /** `note` says what closing it means, where that is not evident. */
  | {readonly kind: 'close'; readonly note?: string}
  /** Shows the screen from which this one was opened. */
  | ({readonly kind: 'return'} & Origin<Next>)
  /** Replaces this screen. */
  | {readonly kind: 'open'; readonly screen: OpenScreen}
  /** Closes this screen and does what a key of the screen below does. */
  | {readonly kind: 'do'; readonly id: string}
  /** Opens the log's own file in the pager, at a place of the whole log; null for its end. */
  | {readonly kind: 'page'; readonly atBytes: number | null}
  /** Shows a tab, as this screen of it. */
  | {readonly kind: 'show'; readonly screen: OpenScreen}
  /** Closes the dialog and sends the command. `pending` completes "Sent:". */
  | {readonly kind: 'send'; readonly command: CommandInput; readonly pending: string};

/** Why a key is disabled, with a `remedy` if there is one. */
export type Refused = {readonly kind: 'refuse'; readonly reason: string; readonly remedy: string | null};

/** One bordered picture in its rectangle. */
export type Framed = {
  readonly id: string;
  readonly rect: Rect;
  readonly view: PanelView;
  readonly isFocused: boolean;
};

/** A key of a screen: when it is disabled, and its effect. */
export type ScreenKey<State> = KeySpec & {
  /** Why the key does nothing in this state of the screen; null when it works. The footer does not offer it then. */
  readonly unavailable?: (state: State, context: ScreenContext) => Refused | null;
  /** Its hint in this state, where that is not always the same. */
  readonly hintIn?: (state: State) => string;
  /** The state after it was refused, where the notice of that takes room from the screen. */
  readonly whenRefused?: (state: State) => State;
  readonly press: (state: State, context: ScreenContext) => Reaction<State>;
};

/** What `y` copies. */
export type Copied = {
  /** `the remedy of engine.oom`. */
  readonly what: string;
  readonly text: string;
};

/** The screen from which another was opened, and `left`: that one, once it was left for it. */
export type Origin<Left> = {readonly to: OpenScreen; readonly left: Left};

/** The keys that choose the next and the previous row of a list, which is in the first `columns` of its panel; without them, in all. */
export type ScreenList = {readonly next: KeyId; readonly previous: KeyId; readonly columns?: number};

/** The place of a screen in the row of tabs. */
export type Tab = {readonly number: number; readonly news: (data: ConsoleData, sinceMs: number) => boolean};

/** A screen as the registry lists it, its type of state hidden. */
export type Screen = {
  readonly kind: 'screen' | 'dialog';
  readonly name: string;
  /** True where the lines of the log are all that changes. */
  readonly followsLog: boolean;
  /** Null for what covers a tab. */
  readonly tab: Tab | null;
  readonly lines: readonly KeyLine[];
  /** True where characters are typed. */
  readonly takesText: boolean;
  /** True where what is typed needs a key, so that this action of the screen cannot have it. */
  readonly isTextKey: (key: KeyName, id: string) => boolean;
  /** The keys that choose another row of its list; null where it has none. */
  readonly list: ScreenList | null;
  readonly opener: KeyLine & {
    readonly open: (context: ScreenContext, about: FindingPlace | null) => Opened;
    readonly keepsNotice: boolean;
    readonly isEverywhere: boolean;
  };
};
type Opened = {readonly screen: OpenScreen} | {readonly refused: string};

/** A screen with its current state. Immutable: handlers return the next one. */
export type OpenScreen = {
  readonly screen: Screen;
  /** Does what a key of this screen does; null if it has none of that name. */
  readonly act: (id: string, context: ScreenContext) => Reaction<OpenScreen> | null;
  /** True while a text is typed after a key of the screen. */
  readonly isPrompting: boolean;
  /** The screen without that text. */
  readonly unprompted: () => OpenScreen;
  readonly origin: () => Origin<OpenScreen> | null;
  /** The hint of a key of any screen now; null for none. */
  readonly hintOf: (line: KeyLine) => string | null;
  /** Why a key of any screen would do nothing now; null when it works. */
  readonly whyNot: (line: KeyLine, context: ScreenContext) => string | null;
  readonly type: (character: string, keymap: Keymap) => OpenScreen | null;
  readonly paste: (text: string) => OpenScreen | null;
  readonly wheel: (step: 'up' | 'down', panelId: string, context: ScreenContext) => OpenScreen | null;
  readonly click: (panelId: string, context: ScreenContext) => OpenScreen | null;
  readonly copy: (context: ScreenContext) => Copied | null;
  readonly finding: (context: ScreenContext) => FindingPlace | null;
  readonly back: (context: ScreenContext) => OpenScreen | null;
  /** True if it is to be as it is now when its tab is shown again. */
  readonly keeps: (data: ConsoleData) => boolean;
  readonly question: (data: ConsoleData) => PreviewRequestInput | null;
  readonly history: (data: ConsoleData) => HistoryQuestion | null;
  readonly log: (data: ConsoleData) => LogWant | null;
  readonly draw: (context: ScreenContext) => readonly Framed[];
};

/** The screen stays, with this state. */
export function stay<State>(state: State): Reaction<State> {
  return {kind: 'stay', state};
}

/** The key does nothing, for this reason. */
export function refuse(reason: string, remedy: string | null = null): Refused {
  return {kind: 'refuse', reason, remedy};
}

/** The key does nothing while a text is typed. */
export function promptRefusal({keymap}: ScreenContext): Refused {
  return refuse('a text is typed', `Enter uses it, ${keymap.shown('console.back')} cancels it.`);
}

/** Why a key is disabled in this console; null when it works. */
export function disabledReason(
  line: KeyLine,
  {data, isReadOnly}: Pick<ScreenContext, 'data' | 'isReadOnly'>,
): string | null {
  const isRefused = isReadOnly && line.isDangerous;
  // That it is a recording says more.
  if (isRefused && data.connection.kind !== 'replay') return READ_ONLY;
  return line.disabledReason(data) ?? (isRefused ? READ_ONLY : null);
}

/** Why nothing that acts can be done. */
export const READ_ONLY = 'this console is read-only';

/** `cannot stop: the engine is stopped`. */
export function cannot(line: KeyLine, reason: string): string {
  return `cannot ${line.hint ?? 'do that'}: ${reason}`;
}
