import type {PreviewRequestInput} from '../../api/preview.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import type {LogWant} from '../../client/log-window/log-window.ts';
import type {FindingPlace} from '../../views/findings/logged-evidence.ts';
import type {HistoryQuestion} from '../../views/history-screen/history-choice.ts';
import {type KeyLine, type KeySpec, keyLine} from '../keys/key-line.ts';
import {isCharacter, type KeyName} from '../keys/key-names.ts';
import type {KeyId} from '../keys/key-table.ts';
import type {Keymap} from '../keys/keymap.ts';
import {
  type Copied,
  cannot,
  disabledReason,
  type Framed,
  type OpenScreen,
  type Origin,
  promptRefusal,
  refuse,
  type Screen,
  type ScreenContext,
  type ScreenKey,
  type ScreenList,
} from './screen.ts';

/** The key that opens a screen, from one about a finding. `open` returns the reason where it cannot be opened. */
export type Opener<State> = KeySpec & {
  readonly open: (context: ScreenContext, about: FindingPlace | null) => Opening<State>;
  /** True: the notice stays visible. */
  readonly keepsNotice?: boolean;
  /** True: it also opens over a screen that covers a tab, to which Esc then returns. */
  readonly isEverywhere?: boolean;
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
  /** Where characters are typed only after a key of the screen, so that the others keep their meaning before it. */
  readonly prompt?: Prompt<State>;
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
  readonly history?: (state: State, data: ConsoleData) => HistoryQuestion | null;
  /** What is to be read of the log's file while the screen is open; null for nothing. */
  readonly log?: (state: State, data: ConsoleData) => LogWant | null;
  /** The screen from which this one was opened, to which Esc returns; null for none. */
  readonly origin?: (state: State) => Origin<State> | null;
  /** One step back by Esc; null where there is none, so that Esc closes the screen. Without a prompt and an origin. */
  readonly back?: (state: State, context: ScreenContext) => State | null;
  readonly draw: (state: State, context: ScreenContext) => readonly Framed[];
};

/** A text that is typed after a key of the screen. Until it is used or left, every other action waits. */
export type Prompt<State> = {
  readonly isOpen: (state: State) => boolean;
  /** The actions that use the text, and that delete its last character. */
  readonly keys: readonly KeyId[];
  readonly closed: (state: State) => State;
};

/** What a screen has as a tab. */
export type TabDefinition<State> = {
  readonly number: number;
  /** True if there is something new since that time, which the tab shows with a dot. */
  readonly news?: (data: ConsoleData, sinceMs: number) => boolean;
  /** False where it opens as new when it is shown again, because its state has nothing of the operator. */
  readonly keeps?: (state: State, data: ConsoleData) => boolean;
};

type Opening<State> = {readonly state: State} | {readonly refused: string};

/** A screen that can be opened with a given state. */
export type DefinedScreen<State> = Screen & {readonly opened: (state: State) => OpenScreen};

/** Builds a screen from its definition. */
export function defineScreen<State>(definition: ScreenDefinition<State>): DefinedScreen<State> {
  const {kind, name, opener, type, paste, back, tab, prompt} = definition;
  const bound = definition.keys.map(({press, whenRefused, hintIn, unavailable = () => null, ...spec}) => ({
    line: keyLine(spec),
    ...{unavailable, whenRefused, hintIn, press},
  }));
  const promptKeys: ReadonlySet<string> = new Set(prompt?.keys);

  function opened(state: State): OpenScreen {
    const next = (changed: State | null | undefined): OpenScreen | null =>
      changed === null || changed === undefined ? null : opened(changed);
    const unprompted = prompt?.isOpen(state) === true ? prompt.closed(state) : null;
    const waits = ({id}: KeyLine): boolean => unprompted !== null && !promptKeys.has(id);
    const self: OpenScreen = {
      screen,
      isPrompting: unprompted !== null,
      unprompted: () => (unprompted === null ? self : opened(unprompted)),
      origin() {
        const found = definition.origin?.(state) ?? null;
        return found === null ? null : {...found, left: opened(found.left)};
      },
      hintOf: (line) => bound.find((key) => key.line.id === line.id)?.hintIn?.(state) ?? line.hint,
      act(id, context) {
        const found = bound.find(({line}) => line.id === id);
        if (found === undefined) return null;
        if (waits(found.line)) return promptRefusal(context);
        const reason = disabledReason(found.line, context);
        if (reason !== null) return refuse(cannot(found.line, reason));
        const refused = found.unavailable(state, context);
        if (refused !== null) {
          return found.whenRefused === undefined ? refused : {...refused, screen: opened(found.whenRefused(state))};
        }
        const reaction = found.press(state, context);
        if (reaction.kind === 'stay') return {...reaction, state: opened(reaction.state)};
        if (reaction.kind === 'return') return {...reaction, left: opened(reaction.left)};
        return reaction.kind === 'refuse' ? refuse(reaction.reason, reaction.remedy) : reaction;
      },
      whyNot(line, context) {
        const found = bound.find((key) => key.line.id === line.id);
        if (waits(line)) return promptRefusal(context).reason;
        return disabledReason(line, context) ?? found?.unavailable(state, context)?.reason ?? null;
      },
      type: (character, keymap) => next(type?.(state, character, keymap)),
      paste: (text) => next(paste?.(state, text)),
      wheel: (step, panelId, context) => next(definition.wheel?.(state, step, panelId, context)),
      click: (panelId, context) => next(definition.click?.(state, panelId, context)),
      copy: (context) => definition.copy?.(state, context) ?? null,
      finding: (context) => definition.finding?.(state, context) ?? null,
      back: (context) => (unprompted === null ? next(back?.(state, context)) : opened(unprompted)),
      keeps: (data) => tab?.keeps?.(state, data) ?? true,
      question: (data) => definition.question?.(state, data) ?? null,
      history: (data) => definition.history?.(state, data) ?? null,
      log: (data) => definition.log?.(state, data) ?? null,
      draw: (context) => definition.draw(state, context),
    };
    return self;
  }

  const screen: Screen = {
    ...{kind, name, followsLog: definition.log !== undefined},
    lines: bound.map(({line}) => line),
    tab: tab === undefined ? null : {number: tab.number, news: tab.news ?? (() => false)},
    takesText: type !== undefined && prompt === undefined,
    isTextKey: definition.isTextKey ?? ((key, id) => isCharacter(key) && promptKeys.has(id)),
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
