import type {CommandInput} from '../../api/commands.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import {assertNever} from '../../shared/assert-never.ts';
import type {KeyName} from '../keys/key-names.ts';
import {type ActionId, bindingFor} from '../keys/key-table.ts';
import {focusedPanelId, type KnownPanel} from '../screen/arrange.ts';
import {type ConsoleState, initialConsoleState, type Notice, type StopChoice, stopChoices} from './console-state.ts';
import {draftTokens, stepDraft, typeDigit} from './context-steps.ts';

/** How long a drain waits for running requests to end before the engine is stopped all the same. */
export const DRAIN_MS = 60_000;

/** What a key press makes the console do beside changing its own state. */
export type Effect =
  | {readonly kind: 'send'; readonly command: CommandInput; readonly pending: string}
  | {readonly kind: 'leave'; readonly reason: 'quit' | 'ctrl-c'}
  | {readonly kind: 'redraw'};

/** What a key press is judged against. */
export type PressContext = {
  readonly data: ConsoleData;
  readonly known: readonly KnownPanel[];
  readonly nowMs: number;
  /** Rows of the log panel's inside: what one page scrolls. */
  readonly logPageRows: number;
  /** The furthest the help can scroll. */
  readonly maxHelpOffset: number;
  /** Why Enter does nothing in the restart dialog; null when it may. Asked only when Enter is pressed. */
  readonly restartBlockedReason: () => string | null;
};

export type Pressed = {readonly state: ConsoleState; readonly effect: Effect | null};

/** The console after a key press, and what it asks for. Pure. */
export function press(state: ConsoleState, key: KeyName, context: PressContext): Pressed {
  const {overlay} = state;
  if (overlay.kind === 'restart' && /^[0-9]$/.test(key)) {
    return only({...state, overlay: {...overlay, draft: typeDigit(overlay.draft, key)}});
  }
  const binding = bindingFor(key, overlay.kind);
  if (binding === null) return only(state);
  const reason = binding.disabledReason(context.data);
  if (reason !== null) {
    return only({...state, notice: refusal(`cannot ${binding.hint ?? 'do that'}: ${reason}`, context.nowMs)});
  }
  return act(state, binding.id, context);
}

function act(state: ConsoleState, action: ActionId, context: PressContext): Pressed {
  switch (action) {
    case 'detach':
      return {state, effect: {kind: 'leave', reason: 'quit'}};
    case 'detach-now':
      return {state, effect: {kind: 'leave', reason: 'ctrl-c'}};
    case 'redraw':
      return {state, effect: {kind: 'redraw'}};
    case 'help':
      return only({...state, overlay: state.overlay.kind === 'help' ? {kind: 'none'} : {kind: 'help', offset: 0}});
    case 'start-engine':
      return send(state, {type: 'start'}, 'Asking to start');
    case 'stop-engine':
      return only({...state, notice: null, overlay: {kind: 'stop', choice: 'keep'}});
    case 'restart-engine': {
      const tokens = context.data.snapshot?.engine.settings?.contextLengthTokens;
      return only({...state, notice: null, overlay: {kind: 'restart', draft: tokens === undefined ? '' : String(tokens)}});
    }
    case 'focus-next':
      return only(moveFocus(state, context, 1));
    case 'focus-previous':
      return only(moveFocus(state, context, -1));
    case 'zoom':
      return only({...state, isZoomed: !state.isZoomed});
    case 'focus-log':
      return only(focusLog(state, context));
    case 'scroll-up':
    case 'scroll-down':
    case 'scroll-start':
      return only(scroll(state, action, context));
    case 'follow-log':
      return only({...state, logEnd: null});
    case 'back':
      return only(back(state));
    case 'choose-next':
      return only(moveChoice(state, 1));
    case 'choose-previous':
      return only(moveChoice(state, -1));
    case 'confirm-choice':
      return state.overlay.kind === 'stop' ? answerStop(state, state.overlay.choice) : only(state);
    case 'answer-yes':
      return answerStop(state, 'now');
    case 'answer-drain':
      return answerStop(state, 'drain');
    case 'answer-no':
      return answerStop(state, 'keep');
    case 'longer-context':
      return only(editDraft(state, (draft) => stepDraft(draft, 1)));
    case 'shorter-context':
      return only(editDraft(state, (draft) => stepDraft(draft, -1)));
    case 'erase-digit':
      return only(editDraft(state, (draft) => draft.slice(0, -1)));
    case 'confirm-restart':
      return confirmRestart(state, context);
    default:
      return assertNever(action);
  }
}

/** What the operator is told when a key does nothing. */
export function refusal(text: string, atMs: number): Notice {
  return {kind: 'refused', text, remedy: null, atMs};
}

function only(state: ConsoleState): Pressed {
  return {state, effect: null};
}

function send(state: ConsoleState, command: CommandInput, pending: string): Pressed {
  return {state: {...state, overlay: initialConsoleState.overlay}, effect: {kind: 'send', command, pending}};
}

function moveFocus(state: ConsoleState, {known}: PressContext, step: 1 | -1): ConsoleState {
  const reachable = known.filter(({isShown}) => isShown || state.isZoomed);
  const focusedId = focusedPanelId(known, state);
  const current = reachable.findIndex(({id}) => id === focusedId);
  const next = reachable[(current + step + reachable.length) % reachable.length];
  return next === undefined ? state : {...state, focusedPanelId: next.id};
}

/** Where the terminal has no room for the log beside the others, it takes the whole screen. */
function focusLog(state: ConsoleState, {known, nowMs}: PressContext): ConsoleState {
  const log = known.find(({panel}) => panel === 'log');
  if (log === undefined) return {...state, notice: refusal('this layout has no log panel', nowMs)};
  return {...state, focusedPanelId: log.id, isZoomed: state.isZoomed || !log.isShown};
}

function scroll(
  state: ConsoleState,
  action: 'scroll-up' | 'scroll-down' | 'scroll-start',
  context: PressContext,
): ConsoleState {
  const {overlay} = state;
  if (overlay.kind === 'help') {
    const moved = {'scroll-up': overlay.offset - 1, 'scroll-down': overlay.offset + 1, 'scroll-start': 0}[action];
    return {...state, overlay: {...overlay, offset: Math.max(0, Math.min(moved, context.maxHelpOffset))}};
  }
  const focused = focusLog(state, context);
  const {log} = context.data;
  const oldest = log[0]?.number;
  const newest = log[log.length - 1]?.number;
  if (oldest === undefined || newest === undefined) return focused;
  const page = Math.max(1, context.logPageRows - 1);
  const firstPageEnd = Math.min(newest, oldest + context.logPageRows - 1);
  const end = Math.min(state.logEnd ?? newest, newest);
  const moved = {'scroll-up': end - page, 'scroll-down': end + page, 'scroll-start': firstPageEnd}[action];
  return {...focused, logEnd: moved >= newest ? null : Math.max(firstPageEnd, moved)};
}

function back(state: ConsoleState): ConsoleState {
  if (state.overlay.kind !== 'none') return {...state, overlay: {kind: 'none'}};
  if (state.notice !== null) return {...state, notice: null};
  if (state.isZoomed) return {...state, isZoomed: false};
  return {...state, logEnd: null};
}

function moveChoice(state: ConsoleState, step: 1 | -1): ConsoleState {
  const {overlay} = state;
  if (overlay.kind !== 'stop') return state;
  const position = stopChoices.indexOf(overlay.choice) + step;
  const choice = stopChoices[(position + stopChoices.length) % stopChoices.length] ?? 'keep';
  return {...state, overlay: {kind: 'stop', choice}};
}

function answerStop(state: ConsoleState, choice: StopChoice): Pressed {
  switch (choice) {
    case 'keep':
      return only({...state, overlay: {kind: 'none'}});
    case 'drain':
      return send(state, {type: 'stop', drainMs: DRAIN_MS}, 'Asking to stop after running requests end');
    case 'now':
      return send(state, {type: 'stop'}, 'Asking to stop');
    default:
      return assertNever(choice);
  }
}

function editDraft(state: ConsoleState, edit: (draft: string) => string): ConsoleState {
  const {overlay} = state;
  return overlay.kind === 'restart' ? {...state, overlay: {...overlay, draft: edit(overlay.draft)}} : state;
}

function confirmRestart(state: ConsoleState, context: PressContext): Pressed {
  const {overlay} = state;
  if (overlay.kind !== 'restart') return only(state);
  const contextLengthTokens = draftTokens(overlay.draft);
  if (contextLengthTokens === null) return only({...state, notice: refusal('type a context length first', context.nowMs)});
  const blockedReason = context.restartBlockedReason();
  if (blockedReason !== null) return only({...state, notice: refusal(blockedReason, context.nowMs)});
  return send(state, {type: 'restart', change: {contextLengthTokens}}, 'Asking to restart');
}
