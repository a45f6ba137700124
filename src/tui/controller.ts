import type {CommandInput, CommandReply} from '../api/commands.ts';
import type {ConsoleSession} from '../client/console-data.ts';
import type {Layout} from '../layout/layout-schema.ts';
import type {Viewport} from '../layout/solve-layout.ts';
import {assertNever} from '../shared/assert-never.ts';
import type {PlanScreenFunction} from '../views/plan-screen/plan-screen.ts';
import type {RestartDialogViewFunction} from '../views/restart/restart-dialog-view.ts';
import type {KeyName} from './keys/key-names.ts';
import {innerSize} from './painting/paint-panel.ts';
import type {Pen} from './painting/pen.ts';
import {arrange} from './screen/arrange.ts';
import {maxHelpOffset} from './screen/help-view.ts';
import {eventsScreenOf, planScreenOf, restartBlockedReason} from './screen/overlay.ts';
import type {ConsoleState, Notice} from './state/console-state.ts';
import type {Frame} from './state/frames.ts';
import {type PressContext, press, refusal} from './state/press.ts';
import type {Store} from './state/store.ts';

export type ControllerOptions = {
  readonly session: Pick<ConsoleSession, 'send' | 'getData'>;
  readonly frames: Store<Frame>;
  readonly state: Store<ConsoleState>;
  readonly layout: Layout;
  readonly restartDialogView: RestartDialogViewFunction;
  readonly planScreen: PlanScreenFunction;
  readonly pen: Pen;
  readonly size: () => Viewport;
  readonly nowMs: () => number;
  readonly leave: (reason: 'quit' | 'ctrl-c') => void;
  readonly redraw: () => void;
};

export type Controller = {
  readonly onKey: (key: KeyName) => void;
  readonly onPaste: (text: string) => void;
};

/** Performs what keys ask for: changes of the console's state, commands to the supervisor, leaving. */
export function createController(options: ControllerOptions): Controller {
  const {session, frames, state, layout, nowMs} = options;

  function context(): PressContext {
    const current = state.get();
    const {known, panels, area} = arrange(layout, options.size(), current);
    const {data} = frames.get();
    const log = panels.find(({panel}) => panel === 'log');
    return {
      data,
      known,
      nowMs: nowMs(),
      logPageRows: innerSize(log?.rect ?? area).rows,
      screenRows: innerSize(area).rows,
      maxEventsOffset: () => eventsScreenOf({...options, frame: frames.get(), state: current, area})?.maxOffset ?? 0,
      maxHelpOffset: maxHelpOffset(data, innerSize(area).rows),
      restartBlockedReason: () => restartBlockedReason({...options, frame: frames.get(), state: current, area}),
      plan: () => planScreenOf({...options, frame: frames.get(), state: current, area}) ?? {plan: null, maxOffset: 0},
    };
  }

  function onKey(key: KeyName): void {
    const {state: next, effect} = press(state.get(), key, context());
    state.set(next);
    if (effect === null) return;
    switch (effect.kind) {
      case 'leave':
        options.leave(effect.reason);
        return;
      case 'redraw':
        options.redraw();
        return;
      case 'send':
        void send(effect.command, effect.pending);
        return;
      default:
        assertNever(effect);
    }
  }

  async function send(command: CommandInput, pending: string): Promise<void> {
    notify({kind: 'pending', text: pending, remedy: null, atMs: nowMs()});
    try {
      notify(noticeOf(await session.send(command), nowMs()));
    } catch (error) {
      notify(refusal(error instanceof Error ? error.message : String(error), nowMs()));
    }
  }

  function notify(notice: Notice): void {
    state.set({...state.get(), notice});
  }

  function onPaste(text: string): void {
    // A pasted text is no command: its letters would press dangerous keys. Only the number being typed takes digits.
    const digits = text.trim();
    if (state.get().overlay.kind === 'restart' && /^\d{1,8}$/.test(digits)) {
      for (const digit of digits) onKey(digit);
      return;
    }
    notify(refusal('pasted text does nothing here', nowMs()));
  }

  return {onKey, onPaste};
}

function noticeOf(reply: CommandReply, atMs: number): Notice {
  if (reply.accepted) return {kind: 'accepted', text: reply.message, remedy: null, atMs};
  return {kind: 'refused', text: reply.error.message, remedy: reply.error.remedy, atMs};
}
