import {dialogKeys} from './dialog-keys.ts';
import {
  cureDisabled,
  restartDisabled,
  startDisabled,
  stopDisabled,
  withoutHistory,
  withoutSupervisor,
} from './engine-availability.ts';
import {eventKeys} from './event-keys.ts';
import {type KeyLine, type KeyRow, type KeySpec, keyLine} from './key-line.ts';
import {measureKeys} from './measure-keys.ts';
import {replayKeys} from './replay-keys.ts';
import {screenKeys} from './screen-keys.ts';

const CONSOLE = 'Console';
const SCREENS = 'Screens';
const ENGINE = 'Engine';
const PANELS = 'Panels';
const LOG = 'Log';

/**
 * Every key of the console by the name of its action: what the screens bind, and what footer, help and docs/keys.md show. A
 * screen adds only what a key does.
 */
const keyTable = {
  'console.help': {keys: ['?'], group: CONSOLE, hint: 'help', description: 'this list'},
  'console.palette': {
    keys: [':'],
    group: CONSOLE,
    hint: 'find',
    description: 'palette: any action, screen, series or setting',
  },
  'console.back': {keys: ['escape'], shown: 'Esc', group: CONSOLE, description: 'close, dismiss a message, or back'},
  'console.freeze': {
    keys: ['f'],
    group: CONSOLE,
    hint: 'freeze',
    isMinor: true,
    description: 'freeze the picture, and follow the data again',
  },
  'console.copy': {
    keys: ['y'],
    group: CONSOLE,
    description: 'copy the remedy, the endpoint, the line or the panel',
  },
  'console.save-text': {
    keys: ['w'],
    group: CONSOLE,
    description: 'save the screen as text in the current directory',
  },
  'console.save-svg': {
    keys: ['W'],
    group: CONSOLE,
    description: 'save the screen as a picture (SVG)',
  },
  'console.redraw': {keys: ['ctrl+l'], shown: 'Ctrl+L', group: CONSOLE, description: 'redraw the screen'},
  'console.suspend': {
    keys: ['ctrl+z'],
    shown: 'Ctrl+Z',
    group: CONSOLE,
    description: 'suspend the console; fg continues it',
  },
  'console.leave': {
    keys: ['q'],
    group: CONSOLE,
    hint: 'leave',
    description: 'exit the console; the server keeps running',
  },
  'console.leave-now': {
    keys: ['ctrl+c'],
    shown: 'Ctrl+C',
    group: CONSOLE,
    description: 'exit from anywhere; the server keeps running',
  },

  'screen.next': {keys: ['tab'], shown: 'Tab', group: SCREENS, description: 'next screen'},
  'screen.previous': {keys: ['shift+tab'], shown: 'Shift+Tab', group: SCREENS, description: 'previous screen'},
  'screen.overview': {keys: ['1'], group: SCREENS, description: 'Overview: is it healthy, and is it worth its cost'},
  'screen.gpus': {
    keys: ['2'],
    group: SCREENS,
    description: 'GPUs: where the memory is, and whether a GPU is slow or faulty',
  },
  'screen.engine': {
    keys: ['3'],
    group: SCREENS,
    description: 'Engine: what runs, with which settings, and where they came from',
  },
  'screen.latency': {keys: ['4'], group: SCREENS, description: 'Latency: what users wait for'},
  'screen.cost': {keys: ['5'], group: SCREENS, description: 'Cost: the node and the API for the same tokens'},
  'screen.logs': {keys: ['6'], group: SCREENS, description: 'Logs: the engine log, with search'},
  'screen.plan': {
    keys: ['7', 'P'],
    group: SCREENS,
    description: 'Plan screen: the effect of other settings or GPUs',
    when: 'while the supervisor answers',
    disabledReason: withoutSupervisor,
  },
  'screen.history': {
    keys: ['8'],
    group: SCREENS,
    description: 'History: any kept series, from minutes to a month',
    when: 'while the supervisor answers',
    disabledReason: withoutHistory,
  },
  'screen.events': {
    keys: ['9', 'e'],
    group: SCREENS,
    description: 'Events screen: what happened, when, why and by whom',
  },

  'engine.start': {
    keys: ['s'],
    group: ENGINE,
    hint: 'start',
    description: 'start; takes an edited configuration',
    when: 'while the engine is stopped, stopping, failed or waiting to restart, and no GPU has a problem',
    isDangerous: true,
    disabledReason: startDisabled,
  },
  'engine.stop': {
    keys: ['x'],
    group: ENGINE,
    hint: 'stop',
    description: 'stop the engine; asks first',
    when: 'while a process of the engine runs or will be started',
    isDangerous: true,
    disabledReason: stopDisabled,
  },
  'engine.restart': {
    keys: ['R'],
    group: ENGINE,
    hint: 'restart',
    description: 'restart with another context length; plans and asks first',
    when: 'once the settings of the engine are known',
    isDangerous: true,
    disabledReason: restartDisabled,
  },
  'engine.cure': {
    keys: ['a'],
    group: ENGINE,
    hint: 'apply fix',
    description: 'restart with the settings that fix the worst finding; asks first',
    when: 'while a setting fixes a finding',
    isDangerous: true,
    disabledReason: cureDisabled,
  },
  'engine.findings': {
    keys: ['F'],
    group: ENGINE,
    hint: 'findings',
    description: 'Findings screen: each problem, its evidence and its fix',
  },

  'panel.next': {
    keys: ['right', 'l'],
    shown: 'Right, l',
    group: PANELS,
    hint: 'next panel',
    isMinor: true,
    description: 'focus the next panel; one without room is shown alone',
  },
  'panel.previous': {keys: ['left', 'h'], shown: 'Left, h', group: PANELS, description: 'focus the previous panel'},
  'panel.down': {
    keys: ['down', 'j'],
    shown: 'Down, j',
    group: PANELS,
    description: 'next line of the focused log or row of a long zoomed panel; otherwise focus the next panel',
  },
  'panel.up': {
    keys: ['up', 'k'],
    shown: 'Up, k',
    group: PANELS,
    description: 'previous line of the focused log or row of a long zoomed panel; otherwise focus the previous panel',
  },
  'panel.zoom': {
    keys: ['z'],
    group: PANELS,
    hint: 'zoom',
    isMinor: true,
    description: 'zoom the focused panel, and back',
  },
  'panel.enter': {
    keys: ['enter'],
    shown: 'Enter',
    group: PANELS,
    description: 'open the findings while there are any, or zoom the panel chosen with the arrows',
  },
  'console.mouse': {
    keys: ['m'],
    group: PANELS,
    description: 'use the mouse, or leave it to the terminal to select text',
  },

  'log.focus': {keys: ['L'], group: LOG, hint: 'log', isMinor: true, description: 'focus the log'},
  'log.up': {
    keys: ['page-up'],
    group: LOG,
    description: 'older lines; in a zoomed panel that is longer than the window, one page up',
  },
  'log.down': {
    keys: ['page-down'],
    group: LOG,
    description: 'newer lines; in a zoomed panel that is longer than the window, one page down',
  },
  'log.start': {
    keys: ['home', 'g'],
    shown: 'Home, g',
    group: LOG,
    description: 'oldest line; in a zoomed panel that is longer than the window, its first row',
  },
  'log.end': {
    keys: ['G', 'end'],
    shown: 'G, End',
    group: LOG,
    hint: 'follow',
    description: 'follow the log again; in a zoomed panel that is longer than the window, its last row',
    when: 'while the log is scrolled, or a zoomed panel is longer than the window',
  },

  ...replayKeys,
  ...measureKeys,
  ...screenKeys,
  ...eventKeys,
  ...dialogKeys,
} as const satisfies Readonly<Record<string, KeyRow>>;

/** The name of an action. */
export type KeyId = keyof typeof keyTable;

/** The row of an action. */
export function keySpec(id: KeyId): KeySpec {
  const row: KeyRow = keyTable[id];
  return {id, ...row};
}

/** Every row, as footer and help show it. */
export function allKeyLines(): readonly KeyLine[] {
  const rows: readonly (readonly [string, KeyRow])[] = Object.entries(keyTable);
  return rows.map(([id, row]) => keyLine({id, ...row}));
}
