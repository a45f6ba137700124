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
import {type KeyLine, type KeySpec, keyLine} from '../keys/key-line.ts';
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
  /** The state after it was refused, where the notice of that takes room from the screen. */
  readonly whenRefused?: (state: State) => State;
  readonly press: (state: State, context: ScreenContext) => Reaction<State>;
};

/** The key that opens a screen, from one about a finding. `open` returns the reason where it cannot be opened. */
export type Opener<State> = KeySpec & {
  readonly open: (context: ScreenContext, about: FindingPlace | null) => Opening<State>;
  /** True: the notice stays visible. */
  readonly keepsNotice?: boolean;
  /** True: it also opens over a screen that covers a tab, to which Esc then returns. */
  readonly isEverywhere?: boolean;
};

/** What `y` copies. */
export type Copied = {
  /** `the remedy of engine.oom`. */
  readonly what: string;
  readonly text: string;
};

/** A screen or a dialog: its keys, its state while it is open, and its view. */
export type ScreenDefinition<State> = {
  /** A screen fills the whole area, and the key that opened it closes it; a dialog asks a question. */
  readonly kind: 'screen' | 'dialog';
  readonly name: string;
  /** A screen with a number stands in the row of tabs, and stays open while others are shown. */
  readonly tab?: TabDefinition<State>;
  readonly opener: Opener<State>;
  readonly keys: readonly ScreenKey<State>[];
  /** Handles a typed character before the keys do; null where it is no input for this screen. */
  readonly type?: (state: State, character: string, keymap: Keymap) => State | null;
  /** True where what is typed needs a key, so that this action of the screen cannot have it. */
  readonly isTextKey?: (key: KeyName, id: string) => boolean;
  /** False where characters are typed only after a key of the screen, so that the others keep their meaning before it. */
  readonly takesText?: boolean;
  /** Handles pasted text; null where it is no input for this screen. */
  readonly paste?: (state: State, text: string) => State | null;
  /** What the wheel of a mouse does over a panel of it. */
  readonly wheel?: (state: State, step: 'up' | 'down', panelId: string, context: ScreenContext) => State;
  /** What a click on a panel of it does. */
  readonly click?: (state: State, panelId: string, context: ScreenContext) => State;
  /** The keys that choose another row of its list: a click on a row is as many of them as lead there. */
  readonly list?: ScreenList;
  /** What is copied from it; null, as without it, for the text of what has the focus. */
  readonly copy?: (state: State, context: ScreenContext) => Copied | null;
  /** The finding that it shows, with which the findings open; null for none. */
  readonly finding?: (state: State, context: ScreenContext) => FindingPlace | null;
  /** The preview request while the screen is open; null for none. */
  readonly question?: (state: State, data: ConsoleData) => PreviewRequestInput | null;
  /** The history that is to be read while the screen is open. */
  readonly history?: (state: State) => HistoryQuestion | null;
  /** What is to be read of the log's file while the screen is open; null for nothing. */
  readonly log?: (state: State, data: ConsoleData) => LogWant | null;
  /** One step back by Esc; null where there is none, so that Esc closes the screen. */
  readonly back?: (state: State, context: ScreenContext) => State | null;
  readonly draw: (state: State, context: ScreenContext) => readonly Framed[];
};

/** The keys that choose the next and the previous row of a list, which is in the first `columns` of its panel; without them, in all. */
export type ScreenList = {readonly next: KeyId; readonly previous: KeyId; readonly columns?: number};

/** What a screen has as a tab. */
export type TabDefinition<State> = {
  readonly number: number;
  /** True if there is something new since that time, which the tab shows with a dot. */
  readonly news?: (data: ConsoleData, sinceMs: number) => boolean;
  /** False where it opens as new when it is shown again, because its state has nothing of the operator. */
  readonly keeps?: (state: State, data: ConsoleData) => boolean;
};

/** The place of a screen in the row of tabs. */
export type Tab = {readonly number: number; readonly news: (data: ConsoleData, sinceMs: number) => boolean};

/** A screen as the registry lists it, its type of state hidden. */
export type Screen = {
  readonly kind: 'screen' | 'dialog';
  readonly name: string;
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
type Opening<State> = {readonly state: State} | {readonly refused: string};
type Opened = {readonly screen: OpenScreen} | {readonly refused: string};

/** A screen with its current state. Immutable: handlers return the next one. */
export type OpenScreen = {
  readonly screen: Screen;
  /** Does what a key of this screen does; null if it has none of that name. */
  readonly act: (id: string, context: ScreenContext) => Reaction<OpenScreen> | null;
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
  readonly history: () => HistoryQuestion | null;
  readonly log: (data: ConsoleData) => LogWant | null;
  readonly draw: (context: ScreenContext) => readonly Framed[];
};

/** A screen that can be opened with a given state. */
export type DefinedScreen<State> = Screen & {readonly opened: (state: State) => OpenScreen};

/** Builds a screen from its definition. */
export function defineScreen<State>(definition: ScreenDefinition<State>): DefinedScreen<State> {
  const {kind, name, opener, type, paste, back, tab} = definition;
  const bound = definition.keys.map(({press, whenRefused, unavailable = () => null, ...spec}) => ({
    line: keyLine(spec),
    unavailable,
    whenRefused,
    press,
  }));

  function opened(state: State): OpenScreen {
    const next = (changed: State | null | undefined): OpenScreen | null =>
      changed === null || changed === undefined ? null : opened(changed);
    return {
      screen,
      act(id, context) {
        const found = bound.find(({line}) => line.id === id);
        if (found === undefined) return null;
        const reason = disabledReason(found.line, context);
        if (reason !== null) return refuse(cannot(found.line, reason));
        const refused = found.unavailable(state, context);
        if (refused !== null) {
          return found.whenRefused === undefined ? refused : {...refused, screen: opened(found.whenRefused(state))};
        }
        const reaction = found.press(state, context);
        if (reaction.kind === 'stay') return {...reaction, state: opened(reaction.state)};
        return reaction.kind === 'refuse' ? refuse(reaction.reason, reaction.remedy) : reaction;
      },
      whyNot(line, context) {
        const found = bound.find((key) => key.line.id === line.id);
        return disabledReason(line, context) ?? found?.unavailable(state, context)?.reason ?? null;
      },
      type: (character, keymap) => next(type?.(state, character, keymap)),
      paste: (text) => next(paste?.(state, text)),
      wheel: (step, panelId, context) => next(definition.wheel?.(state, step, panelId, context)),
      click: (panelId, context) => next(definition.click?.(state, panelId, context)),
      copy: (context) => definition.copy?.(state, context) ?? null,
      finding: (context) => definition.finding?.(state, context) ?? null,
      back: (context) => next(back?.(state, context)),
      keeps: (data) => tab?.keeps?.(state, data) ?? true,
      question: (data) => definition.question?.(state, data) ?? null,
      history: () => definition.history?.(state) ?? null,
      log: (data) => definition.log?.(state, data) ?? null,
      draw: (context) => definition.draw(state, context),
    };
  }

  const screen: Screen = {
    kind,
    name,
    lines: bound.map(({line}) => line),
    tab: tab === undefined ? null : {number: tab.number, news: tab.news ?? (() => false)},
    takesText: definition.takesText ?? type !== undefined,
    isTextKey: definition.isTextKey ?? (() => false),
    list: definition.list ?? null,
    opener: openerOf(opener, opened),
  };
  return {...screen, opened};
}

function openerOf<State>(opener: Opener<State>, opened: (state: State) => OpenScreen): Screen['opener'] {
  const {open, keepsNotice = false, isEverywhere = false, ...spec} = opener;
  return {
    ...keyLine(spec),
    keepsNotice,
    isEverywhere,
    open(context, about) {
      const opening = open(context, about);
      return 'refused' in opening ? opening : {screen: opened(opening.state)};
    },
  };
}

/** The screen stays, with this state. */
export function stay<State>(state: State): Reaction<State> {
  return {kind: 'stay', state};
}

/** The key does nothing, for this reason. */
export function refuse(reason: string, remedy: string | null = null): Refused {
  return {kind: 'refuse', reason, remedy};
}

/** Why a key is disabled in this console; null when it works. */
export function disabledReason(line: KeyLine, {data, isReadOnly}: ScreenContext): string | null {
  return isReadOnly && line.isDangerous ? READ_ONLY : line.disabledReason(data);
}

const READ_ONLY = 'this console is read-only';

/** `cannot stop: the engine is stopped`. */
export function cannot(line: KeyLine, reason: string): string {
  return `cannot ${line.hint ?? 'do that'}: ${reason}`;
}
