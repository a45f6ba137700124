import type {CommandInput} from '../api/commands.ts';
import type {ConsoleSession} from '../client/console-data.ts';
import type {Viewport} from '../layout/solve-layout.ts';
import {assertNever} from '../shared/assert-never.ts';
import {countedText} from '../shared/quantities/counts.ts';
import type {Result} from '../shared/result.ts';
import {boundedCopy} from './canvas/clipboard.ts';
import type {KeyName} from './keys/key-names.ts';
import type {PagedLog, PagerProblem} from './pager.ts';
import {pointed} from './pointer/pointed.ts';
import type {PointerReport} from './pointer/report-filter.ts';
import type {SavedForm, SaveProblem} from './saving/saved-screen.ts';
import type {Copied, Screen, ScreenContext} from './screens/screen.ts';
import {atNextRead, type ConsoleState, type Notice, refusal} from './shell/console-state.ts';
import {type Effect, paste, press} from './shell/press.ts';
import type {Frame} from './state/frames.ts';
import type {Store} from './state/store.ts';

export type ControllerOptions = {
  readonly session: Pick<ConsoleSession, 'send' | 'replay'>;
  readonly frames: Store<Frame>;
  readonly state: Store<ConsoleState>;
  readonly screens: readonly Screen[];
  readonly contextOf: (frame: Frame, terminal: Viewport) => ScreenContext;
  readonly size: () => Viewport;
  readonly nowMs: () => number;
  readonly leave: (reason: 'quit' | 'ctrl-c') => void;
  readonly redraw: () => void;
  /** Turns the reports of the mouse on or off; returns what they are now. */
  readonly togglePointer: () => boolean;
  readonly suspend: () => void;
  /** Gives the terminal to the pager until it ends. Resolves with what it showed. */
  readonly page: (log: PagedLog) => Promise<Result<string, PagerProblem>>;
  /** Asks the terminal to take a text into its clipboard. Resolves with what its user must know. */
  readonly copy: (text: string) => Promise<string>;
  /** Saves what is on the screen. Resolves with the path of the new file. */
  readonly save: (form: SavedForm) => Promise<Result<string, SaveProblem>>;
};

export type Controller = {
  readonly onKey: (key: KeyName) => void;
  readonly onPaste: (text: string) => void;
  readonly onPointer: (report: PointerReport) => void;
};

/** Performs key actions: changes of the console's state, commands to the supervisor, exit. */
export function createController(options: ControllerOptions): Controller {
  const {session, frames, state, screens, nowMs} = options;
  let isReading = false;

  /** Ink hands over everything that one read of the terminal holds without a pause: the next microtask comes after it. */
  function noteRead(): void {
    if (isReading) return;
    isReading = true;
    queueMicrotask(() => {
      isReading = false;
    });
    state.set(atNextRead(state.get()));
  }

  function onKey(key: KeyName): void {
    noteRead();
    const context = options.contextOf({...frames.get(), nowMs: nowMs()}, options.size());
    const {state: next, effect} = press(state.get(), key, screens, context);
    state.set(next);
    if (effect === null) return;
    if (effect.kind === 'send') void send(effect.command, effect.pending);
    else performed(effect, options, say);
  }

  /** About a key that sends nothing. */
  function say(notice: Notice): void {
    state.set({...state.get(), notice});
  }

  async function send(command: CommandInput, pending: string): Promise<void> {
    note({kind: 'pending', text: pending, remedy: null, atMs: nowMs()});
    try {
      const reply = await session.send(command);
      if (reply.accepted) note({kind: 'accepted', text: reply.message, remedy: null, atMs: nowMs()}, reply.commandId);
      else note(refusal(reply.error.message, nowMs(), reply.error.remedy));
    } catch (error) {
      note(refusal(error instanceof Error ? error.message : String(error), nowMs()));
    }
  }

  function note(notice: Notice, id: number | null = null): void {
    state.set({...state.get(), notice: null, sent: {notice, id, readAtMs: null}});
  }

  function onPaste(text: string): void {
    noteRead();
    state.set(paste(state.get(), text, nowMs()));
  }

  function onPointer(report: PointerReport): void {
    noteRead();
    const context = options.contextOf({...frames.get(), nowMs: nowMs()}, options.size());
    state.set(pointed(state.get(), report, screens, context));
  }

  return {onKey, onPaste, onPointer};
}

/** What a key does besides a command. */
function performed(
  effect: Exclude<Effect, {kind: 'send'}>,
  options: ControllerOptions,
  say: (notice: Notice) => void,
): void {
  switch (effect.kind) {
    case 'leave':
      options.leave(effect.reason);
      return;
    case 'redraw':
      options.redraw();
      return;
    case 'mouse':
      say(ofMouse(options.togglePointer(), options.nowMs()));
      return;
    case 'suspend':
      options.suspend();
      return;
    case 'replay':
      options.session.replay?.(effect.move);
      return;
    case 'page':
      void paged(effect.log, options).then(say);
      return;
    case 'copy':
      void copied(effect.copied, options).then(say);
      return;
    case 'save':
      void saved(effect.form, options).then(say);
      return;
    default:
      assertNever(effect);
  }
}

function ofMouse(isOn: boolean, atMs: number): Notice {
  const text = isOn
    ? 'the wheel scrolls, and a click chooses a panel, a tab or a row. Most terminals select text with Shift held.'
    : 'off. The terminal selects text.';
  return {kind: 'mouse', text, remedy: null, atMs};
}

async function paged(log: PagedLog, {page, nowMs}: ControllerOptions): Promise<Notice> {
  const result = await page(log);
  return result.ok
    ? {kind: 'paged', text: result.value, remedy: null, atMs: nowMs()}
    : refusal(result.error.message, nowMs(), result.error.remedy);
}

async function copied({what, text}: Copied, {copy, nowMs}: ControllerOptions): Promise<Notice> {
  const bounded = boundedCopy(text);
  const remedy = await copy(bounded.text);
  const part = bounded.isWhole ? '' : `the first ${countedText(bounded.text.length, 'character')} of `;
  return {kind: 'copied', text: `${part}${what}.`, remedy, atMs: nowMs()};
}

async function saved(form: SavedForm, {save, nowMs}: ControllerOptions): Promise<Notice> {
  const result = await save(form);
  return result.ok
    ? {kind: 'saved', text: result.value, remedy: null, atMs: nowMs()}
    : {kind: 'unsaved', text: result.error.message, remedy: result.error.remedy, atMs: nowMs()};
}
