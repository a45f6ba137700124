import type {KeyRow} from './key-line.ts';

const GPUS_SCREEN = 'On the GPUs screen';
const LATENCY_SCREEN = 'On the Latency screen';
const COST_SCREEN = 'On the Cost screen';
const WHILE_CUT = 'while an open GPU or a zoomed panel has more to show than the window has rows for';

/** A window of time is chosen by the same two keys on every screen of measurements. */
const shorter = {keys: ['+', '='], shown: '+', hint: 'window'} as const;
const longer = {keys: ['-'], hint: 'window', isMinor: true, description: 'longer window, up to 30 days'} as const;

/** The keys of the screens of measurements: they choose a GPU, and the time of plots. */
export const measureKeys = {
  'gpus.next': {
    keys: ['down', 'j'],
    shown: 'Down, j',
    group: GPUS_SCREEN,
    hint: 'choose',
    isMinor: true,
    description: 'next GPU',
  },
  'gpus.previous': {keys: ['up', 'k'], shown: 'Up, k', group: GPUS_SCREEN, description: 'previous GPU'},
  'gpus.open': {
    keys: ['enter'],
    group: GPUS_SCREEN,
    hint: 'open',
    description: 'open the chosen GPU: plots, what slows it, processes',
    when: 'while none is open',
  },
  'gpus.shorter': {
    ...shorter,
    group: GPUS_SCREEN,
    description: 'shorter window of the plots of a GPU',
    when: 'while a GPU is open',
  },
  'gpus.longer': {...longer, group: GPUS_SCREEN, when: 'while a GPU is open'},
  'gpus.scroll-up': {
    keys: ['page-up'],
    shown: 'PgUp',
    group: GPUS_SCREEN,
    description: 'scroll up by a page',
    when: WHILE_CUT,
  },
  'gpus.scroll-down': {
    keys: ['page-down', ' '],
    shown: 'PgDn',
    group: GPUS_SCREEN,
    description: 'scroll down by a page',
    when: WHILE_CUT,
  },
  'gpus.scroll-start': {
    keys: ['home', 'g'],
    shown: 'Home, g',
    group: GPUS_SCREEN,
    description: 'scroll to the first row',
    when: WHILE_CUT,
  },
  'gpus.scroll-end': {
    keys: ['end', 'G'],
    shown: 'End, G',
    group: GPUS_SCREEN,
    description: 'scroll to the last row',
    when: WHILE_CUT,
  },
  'gpus.next-panel': {
    keys: ['right', 'l'],
    shown: 'Right, l',
    group: GPUS_SCREEN,
    hint: 'next panel',
    isMinor: true,
    description: 'focus the next panel',
    when: 'while no GPU is open',
  },
  'gpus.previous-panel': {
    keys: ['left', 'h'],
    shown: 'Left, h',
    group: GPUS_SCREEN,
    description: 'focus the previous panel',
    when: 'while no GPU is open',
  },

  'latency.shorter': {...shorter, group: LATENCY_SCREEN, description: 'shorter window of plots and table'},
  'latency.longer': {...longer, group: LATENCY_SCREEN},

  'cost.shorter': {...shorter, group: COST_SCREEN, description: 'shorter window of the plots'},
  'cost.longer': {...longer, group: COST_SCREEN},
} as const satisfies Readonly<Record<string, KeyRow>>;
