import type {CommandInput} from '../api/commands.ts';
import type {ConsoleSession} from '../client/console-data.ts';
import type {Viewport} from '../layout/solve-layout.ts';
import {assertNever} from '../shared/assert-never.ts';
import type {KeyName} from './keys/key-names.ts';
import type {Screen, ScreenContext} from './screens/screen.ts';
import {atNextRead, type ConsoleState, type Notice, refusal} from './shell/console-state.ts';
import {paste, press} from './shell/press.ts';
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
  readonly suspend: () => void;
};

export type Controller = {
  readonly onKey: (key: KeyName) => void;
  readonly onPaste: (text: string) => void;
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
    switch (effect.kind) {
      case 'leave':
        options.leave(effect.reason);
        return;
      case 'redraw':
        options.redraw();
        return;
      case 'suspend':
        options.suspend();
        return;
      case 'replay':
        session.replay?.(effect.move);
        return;
      case 'send':
        void send(effect.command, effect.pending);
        return;
      default:
        assertNever(effect);
    }
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

  return {onKey, onPaste};
}
