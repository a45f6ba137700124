import type {KeyRow} from './key-line.ts';

const EVENTS_SCREEN = 'On the Events screen';

/** The keys of the Events screen. */
export const eventKeys = {
  'events.next': {
    keys: ['down', 'j'],
    shown: 'Down, j',
    group: EVENTS_SCREEN,
    hint: 'choose',
    isMinor: true,
    description: 'next older event',
  },
  'events.previous': {keys: ['up', 'k'], shown: 'Up, k', group: EVENTS_SCREEN, description: 'next newer event'},
  'events.open': {
    keys: ['enter'],
    shown: 'Enter',
    group: EVENTS_SCREEN,
    hint: 'details',
    description: 'show the event in full, or close it; or use what is typed',
  },
  'events.log': {
    keys: ['L'],
    group: EVENTS_SCREEN,
    hint: 'in the log',
    description: 'show the log at the time of the event; Enter there returns to it',
  },
  'events.filter': {
    keys: ['/'],
    group: EVENTS_SCREEN,
    hint: 'filter',
    description: 'show only events with a text: type it, then Enter; an empty one ends it',
  },
  'events.level': {
    keys: ['v'],
    group: EVENTS_SCREEN,
    hint: 'level',
    isMinor: true,
    description: 'show only warnings and critical events, only critical ones, or every event',
  },
  'events.page-down': {
    keys: ['page-down', ' '],
    shown: 'PgDn, Space',
    group: EVENTS_SCREEN,
    description: 'one page to older events, or of the event that is shown in full',
  },
  'events.page-up': {
    keys: ['page-up'],
    shown: 'PgUp',
    group: EVENTS_SCREEN,
    description: 'one page to newer events, or of the event that is shown in full',
  },
  'events.newest': {
    keys: ['home', 'g'],
    shown: 'Home, g',
    group: EVENTS_SCREEN,
    description: 'newest event; newer ones are chosen as they happen',
  },
  'events.oldest': {keys: ['end', 'G'], shown: 'End, G', group: EVENTS_SCREEN, description: 'oldest event'},
  'events.erase': {
    keys: ['backspace'],
    shown: 'Backspace',
    group: EVENTS_SCREEN,
    description: 'delete a typed character',
    when: 'while a text is typed',
  },
} as const satisfies Readonly<Record<string, KeyRow>>;
