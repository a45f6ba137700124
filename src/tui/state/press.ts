import type {CommandInput} from '../../api/commands.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {KeyName} from '../keys/key-names.ts';
import {type ActionId, bindingFor} from '../keys/key-table.ts';
import {focusedPanelId, type KnownPanel} from '../screen/arrange.ts';
import {
  type ConsoleState,
  cureChoices,
  initialConsoleState,
  type Notice,
  type PlanOverlay,
  stopChoices,
} from './console-state.ts';
import {draftTokens, stepDraft, typeDigit} from './context-steps.ts';
import {cureOf} from './cure.ts';
import {changePlanField, curePlan, movePlanField, openPlan, restartOfPlan, typePlanDigit} from './plan-deeds.ts';

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
  /** Rows of a screen's inside. */
  readonly screenRows: number;
  /** The furthest the help can scroll. */
  readonly maxHelpOffset: number;
  /** The furthest the Events screen can scroll. Asked only when a key scrolls it. */
  readonly maxEventsOffset: () => number;
  /** Why Enter does nothing in the restart dialog; null when it may. Asked only when Enter is pressed. */
  readonly restartBlockedReason: () => string | null;
  /** The plan of what the Plan screen drafts. Asked only when a key needs it. */
  readonly plan: () => {readonly plan: MemoryPlan | null; readonly maxOffset: number};
};

export type Pressed = {readonly state: ConsoleState; readonly effect: Effect | null};

/** The console after a key press, and what it asks for. Pure. */
export function press(state: ConsoleState, key: KeyName, context: PressContext): Pressed {
  const {overlay} = state;
  if (overlay.kind === 'restart' && /^[0-9]$/.test(key)) {
    return only({...state, overlay: {...overlay, draft: typeDigit(overlay.draft, key)}});
  }
  if (overlay.kind === 'plan' && /^[0-9]$/.test(key)) return only({...state, overlay: typePlanDigit(overlay, key)});
  const binding = bindingFor(key, overlay.kind);
  if (binding === null) return only(state);
  const reason = binding.disabledReason(context.data);
  if (reason !== null) {
    return only({...state, notice: refusal(`cannot ${binding.hint ?? 'do that'}: ${reason}`, context.nowMs)});
  }
  return deeds[binding.id](state, context);
}

/** What every action of the key table does. */
const deeds: Readonly<Record<ActionId, (state: ConsoleState, context: PressContext) => Pressed>> = {
  detach: (state) => ({state, effect: {kind: 'leave', reason: 'quit'}}),
  'detach-now': (state) => ({state, effect: {kind: 'leave', reason: 'ctrl-c'}}),
  redraw: (state) => ({state, effect: {kind: 'redraw'}}),
  help: (state) =>
    only({...state, overlay: state.overlay.kind === 'help' ? {kind: 'none'} : {kind: 'help', offset: 0}}),
  events: (state) =>
    only({
      ...state,
      notice: null,
      overlay: state.overlay.kind === 'events' ? {kind: 'none'} : {kind: 'events', offset: 0},
    }),
  'start-engine': (state) => send(state, {type: 'start'}, 'start the engine'),
  'stop-engine': (state) => only({...state, notice: null, overlay: {kind: 'stop', choice: 'keep'}}),
  'restart-engine': (state, context) => only(askForContext(state, context)),
  'apply-cure': (state, context) => only(askForCure(state, context)),
  'focus-next': (state, context) => only(moveFocus(state, context, 1)),
  'focus-previous': (state, context) => only(moveFocus(state, context, -1)),
  zoom: (state) => only({...state, isZoomed: !state.isZoomed}),
  'focus-log': (state, context) => only(focusLog(state, context)),
  'scroll-up': (state, context) => only(scroll(state, 'up', context)),
  'scroll-down': (state, context) => only(scroll(state, 'down', context)),
  'scroll-start': (state, context) => only(scroll(state, 'start', context)),
  'follow-log': (state) => only({...state, logEnd: null}),
  back: (state) => only(back(state)),
  'choose-next': (state) => only(moveChoice(state, 1)),
  'choose-previous': (state) => only(moveChoice(state, -1)),
  'confirm-choice': (state) => ('choice' in state.overlay ? answer(state, state.overlay.choice) : only(state)),
  'answer-yes': (state) => answer(state, 'now'),
  'answer-drain': (state) => answer(state, 'drain'),
  'answer-no': (state) => answer(state, 'keep'),
  'longer-context': (state) => only(editDraft(state, (draft) => stepDraft(draft, 1))),
  'shorter-context': (state) => only(editDraft(state, (draft) => stepDraft(draft, -1))),
  'erase-digit': (state) => only(editDraft(state, (draft) => draft.slice(0, -1))),
  'confirm-restart': confirmRestart,
  plan: (state, context) => only(togglePlan(state, context)),
  'plan-next-field': (state) => only(onPlan(state, (overlay) => movePlanField(overlay, 1))),
  'plan-previous-field': (state) => only(onPlan(state, (overlay) => movePlanField(overlay, -1))),
  'plan-more': (state) => only(onPlan(state, (overlay) => changePlanField(overlay, 1))),
  'plan-less': (state) => only(onPlan(state, (overlay) => changePlanField(overlay, -1))),
  'plan-reset': (state, context) => only(onPlan(state, (overlay) => openPlan(context.data.snapshot) ?? overlay)),
  'plan-cure': (state, context) => only(takeRemedy(state, context)),
  'plan-restart': (state, context) => only(askForDraft(state, context)),
};

function togglePlan(state: ConsoleState, {data, nowMs}: PressContext): ConsoleState {
  if (state.overlay.kind === 'plan') return {...state, overlay: {kind: 'none'}};
  const overlay = openPlan(data.snapshot);
  if (overlay === null) return {...state, notice: refusal('no settings are known yet to plan with', nowMs)};
  return {...state, notice: null, overlay};
}

function onPlan(state: ConsoleState, change: (overlay: PlanOverlay) => PlanOverlay): ConsoleState {
  return state.overlay.kind === 'plan' ? {...state, notice: null, overlay: change(state.overlay)} : state;
}

function takeRemedy(state: ConsoleState, {plan, nowMs}: PressContext): ConsoleState {
  if (state.overlay.kind !== 'plan') return state;
  const overlay = curePlan(state.overlay, plan().plan);
  if (overlay === null) return {...state, notice: refusal('no remedy of this plan is a setting', nowMs)};
  return {...state, notice: null, overlay};
}

function askForDraft(state: ConsoleState, {data, plan, nowMs}: PressContext): ConsoleState {
  if (state.overlay.kind !== 'plan' || data.snapshot === null) return state;
  const cure = restartOfPlan(state.overlay, data.snapshot, plan().plan);
  if (typeof cure === 'string') return {...state, notice: refusal(`cannot restart: ${cure}`, nowMs)};
  return {...state, notice: null, overlay: {kind: 'cure', cure, choice: 'keep'}};
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

function scroll(state: ConsoleState, to: 'up' | 'down' | 'start', context: PressContext): ConsoleState {
  const {overlay} = state;
  if (overlay.kind === 'plan') {
    const page = Math.max(1, context.logPageRows - 4);
    const moved = {up: overlay.offset - page, down: overlay.offset + page, start: 0}[to];
    return {...state, overlay: {...overlay, offset: Math.max(0, Math.min(moved, context.plan().maxOffset))}};
  }
  if (overlay.kind === 'events') {
    const page = Math.max(1, context.screenRows - 2);
    const moved = {up: overlay.offset - page, down: overlay.offset + page, start: 0}[to];
    return {...state, overlay: {...overlay, offset: Math.max(0, Math.min(moved, context.maxEventsOffset()))}};
  }
  if (overlay.kind === 'help') {
    const moved = {up: overlay.offset - 1, down: overlay.offset + 1, start: 0}[to];
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
  const moved = {up: end - page, down: end + page, start: firstPageEnd}[to];
  return {...focused, logEnd: moved >= newest ? null : Math.max(firstPageEnd, moved)};
}

function back(state: ConsoleState): ConsoleState {
  if (state.overlay.kind !== 'none') return {...state, overlay: {kind: 'none'}};
  if (state.notice !== null) return {...state, notice: null};
  if (state.isZoomed) return {...state, isZoomed: false};
  return {...state, logEnd: null};
}

function askForContext(state: ConsoleState, {data}: PressContext): ConsoleState {
  const tokens = data.snapshot?.engine.settings?.contextLengthTokens;
  return {...state, notice: null, overlay: {kind: 'restart', draft: tokens === undefined ? '' : String(tokens)}};
}

function askForCure(state: ConsoleState, {data}: PressContext): ConsoleState {
  const cure = cureOf(data);
  return cure === null ? state : {...state, notice: null, overlay: {kind: 'cure', cure, choice: 'keep'}};
}

function moveChoice(state: ConsoleState, step: 1 | -1): ConsoleState {
  const {overlay} = state;
  if (overlay.kind === 'stop')
    return {...state, overlay: {...overlay, choice: neighbor(stopChoices, overlay.choice, step)}};
  if (overlay.kind === 'cure')
    return {...state, overlay: {...overlay, choice: neighbor(cureChoices, overlay.choice, step)}};
  return state;
}

function neighbor<T>(choices: readonly T[], current: T, step: 1 | -1): T {
  return choices[(choices.indexOf(current) + step + choices.length) % choices.length] ?? current;
}

/** The answer to what the overlay asks: only `now` and `drain` do anything. */
function answer(state: ConsoleState, choice: 'keep' | 'drain' | 'now'): Pressed {
  const {overlay} = state;
  if (choice !== 'keep' && overlay.kind === 'stop') {
    if (choice === 'now') return send(state, {type: 'stop'}, 'stop the engine');
    return send(state, {type: 'stop', drainMs: DRAIN_MS}, 'stop the engine when its running requests have ended');
  }
  if (choice === 'now' && overlay.kind === 'cure') {
    return send(state, {type: 'restart', change: overlay.cure.change}, 'restart with the settings that cure it');
  }
  return only({...state, overlay: {kind: 'none'}});
}

function editDraft(state: ConsoleState, edit: (draft: string) => string): ConsoleState {
  const {overlay} = state;
  return overlay.kind === 'restart' ? {...state, overlay: {...overlay, draft: edit(overlay.draft)}} : state;
}

function confirmRestart(state: ConsoleState, context: PressContext): Pressed {
  const {overlay} = state;
  if (overlay.kind !== 'restart') return only(state);
  const contextLengthTokens = draftTokens(overlay.draft);
  if (contextLengthTokens === null)
    return only({...state, notice: refusal('type a context length first', context.nowMs)});
  const blockedReason = context.restartBlockedReason();
  if (blockedReason !== null) return only({...state, notice: refusal(blockedReason, context.nowMs)});
  return send(
    state,
    {type: 'restart', change: {contextLengthTokens}},
    `restart with ${contextLengthTokens} tokens of context`,
  );
}
