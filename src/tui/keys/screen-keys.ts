import {fileDisabled, withoutSupervisor} from './engine-availability.ts';
import type {KeyRow} from './key-line.ts';

const EVERY_SCREEN = 'On every screen';
const LOGS_SCREEN = 'On the Logs screen';
const HISTORY_SCREEN = 'On the History screen';
const FINDINGS_SCREEN = 'On the Findings screen';
const PLAN_SCREEN = 'On the Plan screen';

const PALETTE = 'In the palette';

/** The keys of single screens. */
export const screenKeys = {
  'scroll.up': {keys: ['page-up'], group: EVERY_SCREEN, description: 'scroll up by a page'},
  'scroll.down': {
    keys: ['page-down', ' '],
    shown: 'PgDn, Space',
    group: EVERY_SCREEN,
    description: 'scroll down by a page',
  },
  'scroll.row-up': {
    keys: ['up', 'k'],
    shown: 'Up, k',
    group: EVERY_SCREEN,
    description: 'scroll up by a row, where no list is chosen from',
  },
  'scroll.row-down': {
    keys: ['down', 'j'],
    shown: 'Down, j',
    group: EVERY_SCREEN,
    description: 'scroll down by a row, where no list is chosen from',
  },
  'scroll.start': {
    keys: ['home', 'g'],
    shown: 'Home, g',
    group: EVERY_SCREEN,
    description: 'scroll to the first row',
  },
  'scroll.end': {keys: ['end', 'G'], shown: 'End, G', group: EVERY_SCREEN, description: 'scroll to the last row'},

  'palette.do': {
    keys: ['enter'],
    group: PALETTE,
    hint: 'do it',
    description: 'do what is chosen, as its key does: what would ask first asks first',
  },
  'palette.next': {keys: ['down'], group: PALETTE, hint: 'choose', description: 'next one'},
  'palette.previous': {keys: ['up'], group: PALETTE, description: 'previous one'},
  'palette.complete': {keys: ['tab'], group: PALETTE, hint: 'complete', description: 'complete the typed name'},
  'palette.erase': {keys: ['backspace'], group: PALETTE, description: 'delete a typed character'},

  'logs.search': {
    keys: ['/'],
    group: LOGS_SCREEN,
    hint: 'search',
    description: 'search: type a text, then Enter; an empty one ends the search',
  },
  'logs.older-match': {
    keys: ['n'],
    group: LOGS_SCREEN,
    hint: 'older match',
    description: 'next match, towards older lines',
    when: 'after a search',
  },
  'logs.newer-match': {
    keys: ['N'],
    group: LOGS_SCREEN,
    description: 'previous match, towards newer lines',
    when: 'after a search',
  },
  'logs.confirm': {
    keys: ['enter'],
    shown: 'Enter',
    group: LOGS_SCREEN,
    hint: 'back',
    description:
      'use what is typed; or back to the finding, the event or the moment from which the log was opened, as Esc; or open the finding of a marked line',
    when: 'while a text is typed, after the log was opened from another screen, or while a marked line is shown',
  },
  'logs.erase': {
    keys: ['backspace'],
    shown: 'Backspace',
    group: LOGS_SCREEN,
    description: 'delete a typed character',
    when: 'while a text is typed',
  },
  'logs.pause': {
    keys: [' ', 'p'],
    shown: 'Space, p',
    group: LOGS_SCREEN,
    hint: 'pause/follow',
    description: 'pause at the newest line, or follow again',
  },
  'logs.time': {
    keys: ['t'],
    group: LOGS_SCREEN,
    hint: 'time',
    description: 'go to a time: 03:12, -10m, or 2026-11-23T03:12',
  },
  'logs.pattern': {
    keys: ['&'],
    group: LOGS_SCREEN,
    hint: 'filter',
    description:
      'show only lines that match a regular expression: . [a-z] \\d \\w \\s ^ $ ( | ) * + ? {2,5}; an empty one ends it',
  },
  'logs.level': {
    keys: ['v'],
    group: LOGS_SCREEN,
    hint: 'level',
    isMinor: true,
    description: 'show only warnings and errors, only errors, or every line',
  },
  'logs.rank': {
    keys: ['r'],
    group: LOGS_SCREEN,
    description: 'show only lines of one rank: type its number; an empty one ends it',
  },
  'logs.requests': {
    keys: ['A'],
    group: LOGS_SCREEN,
    description: 'fold requests that are logged in a row, or show each',
  },
  'logs.repeated': {
    keys: ['u'],
    group: LOGS_SCREEN,
    description: 'show each of repeated lines, or fold them',
  },
  'logs.wrap': {
    keys: ['W'],
    group: LOGS_SCREEN,
    hint: 'wrap',
    isMinor: true,
    description: 'show long lines on several rows, or on one',
  },
  'logs.open-file': {
    keys: ['o'],
    group: LOGS_SCREEN,
    hint: 'open file',
    isMinor: true,
    description: 'open the file of the log in $PAGER, at the shown line; secrets in it are not masked',
    when: 'while the log has a file, and not in gantry replay',
    disabledReason: fileDisabled,
  },
  'logs.line-up': {keys: ['up', 'k'], shown: 'Up, k', group: LOGS_SCREEN, description: 'one line up'},
  'logs.line-down': {keys: ['down', 'j'], shown: 'Down, j', group: LOGS_SCREEN, description: 'one line down'},
  'logs.page-up': {keys: ['page-up'], shown: 'PgUp', group: LOGS_SCREEN, description: 'one page up'},
  'logs.page-down': {keys: ['page-down'], shown: 'PgDn', group: LOGS_SCREEN, description: 'one page down'},
  'logs.start': {keys: ['home', 'g'], shown: 'Home, g', group: LOGS_SCREEN, description: 'oldest line'},
  'logs.end': {
    keys: ['end', 'G'],
    shown: 'End, G',
    group: LOGS_SCREEN,
    description: 'newest line, and follow',
    when: 'while the log is scrolled',
  },
  'logs.left': {keys: ['left', 'h'], shown: 'Left, h', group: LOGS_SCREEN, description: 'move the view to the left'},
  'logs.right': {
    keys: ['right', 'l'],
    shown: 'Right, l',
    group: LOGS_SCREEN,
    description: 'move the view to the right, to read the end of long lines',
  },

  'findings.next': {
    keys: ['down', 'j'],
    shown: 'Down, j',
    group: FINDINGS_SCREEN,
    hint: 'next',
    description: 'next finding',
  },
  'findings.previous': {keys: ['up', 'k'], shown: 'Up, k', group: FINDINGS_SCREEN, description: 'previous finding'},
  'findings.line': {
    keys: ['enter'],
    shown: 'Enter',
    group: FINDINGS_SCREEN,
    hint: 'in the log',
    description: 'show its evidence in the log, also far back; Enter there returns to the finding',
    when: 'while the chosen finding has a line as evidence',
  },
  'findings.cure': {
    keys: ['a'],
    group: FINDINGS_SCREEN,
    hint: 'apply fix',
    description: 'restart with the settings that fix the chosen finding; asks first',
    when: 'while a setting fixes that finding',
    isDangerous: true,
    disabledReason: withoutSupervisor,
  },

  'plan.next': {keys: ['down', 'j'], shown: 'Down, j', group: PLAN_SCREEN, hint: 'choose', description: 'next setting'},
  'plan.previous': {keys: ['up', 'k'], shown: 'Up, k', group: PLAN_SCREEN, description: 'previous setting'},
  'plan.larger': {
    keys: ['right', 'l', '+', '='],
    shown: 'Right, l, +',
    group: PLAN_SCREEN,
    hint: 'change',
    description: 'next value',
  },
  'plan.smaller': {keys: ['left', 'h', '-'], shown: 'Left, h, -', group: PLAN_SCREEN, description: 'previous value'},
  'plan.type': {
    keys: ['enter'],
    group: PLAN_SCREEN,
    hint: 'type',
    description: 'type a context length, such as 131072 or 128K, on its line; again, to use it; Esc cancels',
    when: 'on the line of the context',
  },
  'plan.erase': {
    keys: ['backspace'],
    group: PLAN_SCREEN,
    description: 'delete a typed character',
    when: 'while a context length is typed',
  },
  'plan.reset': {
    keys: ['r'],
    group: PLAN_SCREEN,
    hint: 'reset',
    description: 'back to the running settings',
    when: 'while the settings differ from them',
  },
  'plan.cure': {
    keys: ['a'],
    group: PLAN_SCREEN,
    hint: 'apply fix',
    description: 'apply the first fix to the draft',
    when: 'while the draft is refused and a setting fixes it',
  },
  'plan.restart': {
    keys: ['R'],
    group: PLAN_SCREEN,
    hint: 'restart',
    description: 'restart with these settings; asks first',
    when: 'while the settings differ from the running ones and would start here',
    isDangerous: true,
  },

  'history.next': {
    keys: ['down', 'j'],
    shown: 'Down, j',
    group: HISTORY_SCREEN,
    hint: 'series',
    description: 'next series',
  },
  'history.previous': {keys: ['up', 'k'], shown: 'Up, k', group: HISTORY_SCREEN, description: 'previous series'},
  'history.shorter': {
    keys: ['+', '='],
    shown: '+',
    group: HISTORY_SCREEN,
    hint: 'zoom',
    description: 'shorter window, around the cursor if there is one',
  },
  'history.longer': {keys: ['-'], group: HISTORY_SCREEN, description: 'longer window, up to 30 days'},
  'history.earlier': {
    keys: ['page-up'],
    shown: 'PgUp',
    group: HISTORY_SCREEN,
    description: 'earlier by a quarter of the window',
  },
  'history.later': {
    keys: ['page-down'],
    shown: 'PgDn',
    group: HISTORY_SCREEN,
    description: 'later by a quarter of the window',
    when: 'while the window is in the past',
  },
  'history.oldest': {keys: ['home', 'g'], shown: 'Home, g', group: HISTORY_SCREEN, description: 'oldest kept time'},
  'history.now': {
    keys: ['end', 'G'],
    shown: 'End, G',
    group: HISTORY_SCREEN,
    description: 'back to now, without a cursor',
  },
  'history.cursor-left': {
    keys: ['left', 'h'],
    shown: 'Left, h',
    group: HISTORY_SCREEN,
    hint: 'cursor',
    description: 'move the cursor, at which all series are read, to earlier times',
  },
  'history.cursor-right': {
    keys: ['right', 'l'],
    shown: 'Right, l',
    group: HISTORY_SCREEN,
    description: 'move the cursor to later times',
  },
  'history.log': {
    keys: ['enter'],
    shown: 'Enter',
    group: HISTORY_SCREEN,
    hint: 'in the log',
    description: 'show the log at the cursor; Enter there returns to it',
    when: 'while there is a cursor',
  },
  'history.compare': {
    keys: ['p'],
    group: HISTORY_SCREEN,
    hint: 'compare',
    description: 'keep this series, and compare it with the one chosen next; again, to end it',
  },
} as const satisfies Readonly<Record<string, KeyRow>>;
