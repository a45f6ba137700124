import type {KeyRow} from './key-line.ts';

const GPUS_SCREEN = 'On the GPUs screen';
const LATENCY_SCREEN = 'On the Latency screen';

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
    keys: ['+', '='],
    shown: '+',
    group: GPUS_SCREEN,
    hint: 'zoom',
    description: 'shorter window of the plots of a GPU',
    when: 'while a GPU is open',
  },
  'gpus.longer': {
    keys: ['-'],
    group: GPUS_SCREEN,
    description: 'longer window, up to 30 days',
    when: 'while a GPU is open',
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

  'latency.shorter': {
    keys: ['+', '='],
    shown: '+',
    group: LATENCY_SCREEN,
    hint: 'zoom',
    description: 'shorter window of plots and table',
  },
  'latency.longer': {
    keys: ['-'],
    group: LATENCY_SCREEN,
    hint: 'longer',
    isMinor: true,
    description: 'longer window, up to 30 days: means of the minutes, and the worst one',
  },
} as const satisfies Readonly<Record<string, KeyRow>>;
