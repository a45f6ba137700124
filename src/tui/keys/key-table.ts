import type {ConsoleData} from '../../client/console-data.ts';
import type {EngineState} from '../../domain/lifecycle/phases.ts';
import type {ConsoleState} from '../state/console-state.ts';
import {cureOf} from '../state/cure.ts';
import type {KeyName} from './key-names.ts';

export const actionIds = [
  'detach',
  'detach-now',
  'redraw',
  'help',
  'start-engine',
  'stop-engine',
  'restart-engine',
  'apply-cure',
  'focus-next',
  'focus-previous',
  'zoom',
  'focus-log',
  'scroll-up',
  'scroll-down',
  'scroll-start',
  'follow-log',
  'back',
  'choose-next',
  'choose-previous',
  'confirm-choice',
  'answer-yes',
  'answer-drain',
  'answer-no',
  'longer-context',
  'shorter-context',
  'erase-digit',
  'confirm-restart',
  'events',
  'plan',
  'plan-next-field',
  'plan-previous-field',
  'plan-more',
  'plan-less',
  'plan-reset',
  'plan-cure',
  'plan-restart',
] as const;
export type ActionId = (typeof actionIds)[number];

/** Where keys mean something: the panels, or what covers them. */
export type KeyMode = ConsoleState['overlay']['kind'];
export type KeyGroup = 'Console' | 'Engine' | 'Panels' | 'Log' | 'On the Plan screen' | 'In a dialog';

/** One line of the key table: the one source of what keys do, of the help screen and of the footer. */
export type KeyBinding = {
  readonly id: ActionId;
  readonly keys: readonly KeyName[];
  readonly modes: readonly KeyMode[];
  /** How the help writes the keys. */
  readonly shown: string;
  /** One or two words for the footer; null keeps it to the help. */
  readonly hint: string | null;
  readonly description: string;
  readonly group: KeyGroup;
  /** Asks before anything happens. */
  readonly isDangerous: boolean;
  /** Why the key does nothing just now; null when it works. */
  readonly disabledReason: (data: ConsoleData) => string | null;
};

const always = (): null => null;
const panels: readonly KeyMode[] = ['none'];
const everywhere: readonly KeyMode[] = ['none', 'help', 'events', 'stop', 'cure', 'restart', 'plan'];

export const keyTable: readonly KeyBinding[] = [
  binding('start-engine', ['s'], 'start', 'start with the last settings', 'Engine', {
    disabledReason: (data) => unlessState(data, startableStates),
  }),
  binding('stop-engine', ['x'], 'stop', 'stop the engine; asks first', 'Engine', {
    isDangerous: true,
    disabledReason: (data) => unlessState(data, stoppableStates),
  }),
  binding('restart-engine', ['R'], 'restart', 'restart with another context length; plans and asks first', 'Engine', {
    isDangerous: true,
    disabledReason: restartDisabledReason,
  }),
  binding(
    'apply-cure',
    ['a'],
    'apply cure',
    'restart with the settings that cure the worst finding; asks first',
    'Engine',
    {
      isDangerous: true,
      disabledReason: (data) =>
        withoutSupervisor(data) ?? (cureOf(data) === null ? 'no setting cures what is wrong' : null),
    },
  ),
  binding('plan', ['P'], 'plan', 'the Plan screen: what would other settings or cards do', 'Engine', {
    modes: ['none', 'plan'],
    disabledReason: withoutSupervisor,
  }),
  binding('focus-next', ['tab', 'right', 'down'], 'next', 'focus the next panel', 'Panels', {shown: 'Tab, arrows'}),
  binding('focus-previous', ['shift+tab', 'left', 'up'], null, 'focus the panel before', 'Panels', {
    shown: 'Shift+Tab',
  }),
  binding('zoom', ['z', 'enter'], 'zoom', 'the focused panel on the whole screen, and back', 'Panels', {
    shown: 'z, Enter',
  }),
  binding('focus-log', ['l'], 'log', 'focus the log', 'Log'),
  binding('scroll-up', ['page-up', 'k'], null, 'older lines', 'Log', {
    shown: 'PgUp, k',
    modes: ['none', 'help', 'events', 'plan'],
  }),
  binding('scroll-down', ['page-down', 'j'], null, 'newer lines', 'Log', {
    shown: 'PgDn, j',
    modes: ['none', 'help', 'events', 'plan'],
  }),
  binding('scroll-start', ['home', 'g'], null, 'oldest line', 'Log', {
    shown: 'Home, g',
    modes: ['none', 'help', 'events'],
  }),
  binding('follow-log', ['G', 'end'], 'follow', 'follow the log again', 'Log', {shown: 'G, End'}),
  binding('events', ['e'], 'events', 'the Events screen: what happened, when, why and by whom', 'Log', {
    modes: ['none', 'events'],
  }),
  binding('help', ['?'], 'help', 'this list', 'Console', {modes: ['none', 'help']}),
  binding('back', ['escape'], null, 'close, or back', 'Console', {shown: 'Esc', modes: everywhere}),
  binding('redraw', ['ctrl+l'], null, 'draw the whole screen again', 'Console', {shown: 'Ctrl+L', modes: everywhere}),
  binding('detach', ['q'], 'leave', 'leave the console; the server keeps running', 'Console', {
    modes: ['none', 'help', 'events'],
  }),
  binding('detach-now', ['ctrl+c'], null, 'leave from anywhere; the server keeps running', 'Console', {
    shown: 'Ctrl+C',
    modes: everywhere,
  }),
  onPlan('plan-next-field', ['down', 'tab'], 'choose', 'next setting', 'Down'),
  onPlan('plan-previous-field', ['up', 'shift+tab'], null, 'setting before', 'Up'),
  onPlan('plan-more', ['right', '+', '='], 'change', 'next value', 'Right, +'),
  onPlan('plan-less', ['left', '-'], null, 'value before', 'Left, -'),
  onPlan('plan-reset', ['r'], 'reset', 'back to the running settings', 'r'),
  onPlan('plan-cure', ['a'], 'cure', 'the settings of the first remedy', 'a'),
  onPlan('plan-restart', ['R'], 'restart', 'restart with these settings; asks first', 'R'),
  dialog('answer-yes', ['y'], 'yes, now', 'yes, now', 'y', ['stop', 'cure']),
  dialog('answer-drain', ['d'], 'drain first', 'yes, when running requests have ended', 'd', ['stop']),
  dialog('answer-no', ['n'], 'no', 'no: everything stays as it is', 'n', ['stop', 'cure']),
  dialog('choose-next', ['tab', 'right', 'down'], 'choose', 'next answer', 'Tab, arrows', ['stop', 'cure']),
  dialog('choose-previous', ['shift+tab', 'left', 'up'], null, 'answer before', 'Shift+Tab', ['stop', 'cure']),
  dialog('confirm-choice', ['enter'], 'confirm', 'take the marked answer', 'Enter', ['stop', 'cure']),
  dialog('longer-context', ['up'], 'longer', 'next longer context', 'Up', ['restart']),
  dialog('shorter-context', ['down'], 'shorter', 'next shorter context', 'Down', ['restart']),
  dialog('erase-digit', ['backspace'], null, 'erase a digit', 'Backspace', ['restart']),
  dialog('confirm-restart', ['enter'], 'restart', 'restart with this context length', 'Enter', ['restart']),
];

/** The binding of an action. Every action has one. */
export function bindingOf(id: ActionId): KeyBinding {
  const found = keyTable.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no key for ${id}`);
  return found;
}

/** What a key does in a mode; null when nothing. */
export function bindingFor(key: KeyName, mode: KeyMode): KeyBinding | null {
  return keyTable.find((candidate) => candidate.modes.includes(mode) && candidate.keys.includes(key)) ?? null;
}

const startableStates: readonly EngineState[] = ['stopped', 'failed', 'backing-off', 'draining', 'stopping'];
const stoppableStates: readonly EngineState[] = [
  'preflight',
  'starting',
  'ready',
  'degraded',
  'draining',
  'backing-off',
  // A failed engine may have left processes that hold GPU memory.
  'failed',
];

function restartDisabledReason(data: ConsoleData): string | null {
  const reason = withoutSupervisor(data);
  if (reason !== null) return reason;
  return data.snapshot?.engine.settings == null ? 'the settings of this engine are not known' : null;
}

function unlessState(data: ConsoleData, states: readonly EngineState[]): string | null {
  const reason = withoutSupervisor(data);
  if (reason !== null) return reason;
  const state = data.snapshot?.engine.state;
  return state !== undefined && states.includes(state) ? null : `the engine is ${state}`;
}

function withoutSupervisor(data: ConsoleData): string | null {
  if (data.connection.kind === 'lost') return 'the supervisor does not answer';
  return data.snapshot === null ? 'nothing is known of the node yet' : null;
}

function binding(
  id: ActionId,
  keys: readonly KeyName[],
  hint: string | null,
  description: string,
  group: KeyGroup,
  more: Partial<KeyBinding> = {},
): KeyBinding {
  return {
    id,
    keys,
    modes: panels,
    shown: keys.join(', '),
    hint,
    description,
    group,
    isDangerous: false,
    disabledReason: always,
    ...more,
  };
}

function onPlan(
  id: ActionId,
  keys: readonly KeyName[],
  hint: string | null,
  description: string,
  shown: string,
): KeyBinding {
  return binding(id, keys, hint, description, 'On the Plan screen', {shown, modes: ['plan']});
}

function dialog(
  id: ActionId,
  keys: readonly KeyName[],
  hint: string | null,
  description: string,
  shown: string,
  modes: readonly KeyMode[],
): KeyBinding {
  return binding(id, keys, hint, description, 'In a dialog', {shown, modes});
}
