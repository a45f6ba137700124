import {type ScreenContext, type ScreenKey, stay} from './screen.ts';

const SCROLL_GROUP = 'On every screen';

export type ScrollStep = 'up' | 'down' | 'start' | 'end';

type ScrollLine<State> = Omit<ScreenKey<State>, 'press'>;

const screenLines = {
  up: {keys: ['page-up', 'k'], shown: 'PgUp, k', description: 'scroll up by a page', group: SCROLL_GROUP},
  down: {keys: ['page-down', 'j', ' '], shown: 'PgDn, j', description: 'scroll down by a page', group: SCROLL_GROUP},
  start: {keys: ['home', 'g'], shown: 'Home, g', description: 'scroll to the first row', group: SCROLL_GROUP},
  end: {keys: ['end', 'G'], shown: 'End, G', description: 'scroll to the last row', group: SCROLL_GROUP},
} as const;

/** The scroll keys, the same on every screen. */
export function scrollKeys<State>(
  scroll: (state: State, step: ScrollStep, context: ScreenContext) => State,
  lines: Readonly<Record<ScrollStep, ScrollLine<State>>> = screenLines,
): readonly ScreenKey<State>[] {
  const steps: readonly ScrollStep[] = ['up', 'down', 'start', 'end'];
  return steps.map((step) => ({...lines[step], press: (state, context) => stay(scroll(state, step, context))}));
}

/** An offset after a step of `page` rows, between 0 and `maxOffset`. */
export function scrolledOffset(offset: number, step: ScrollStep, page: number, maxOffset: number): number {
  const from = Math.min(offset, maxOffset);
  const moved = {up: from - page, down: from + page, start: 0, end: maxOffset}[step];
  return Math.max(0, Math.min(moved, maxOffset));
}

/** Rows that a page key scrolls in a view of `rows`: one row stays in sight. */
export function pageOf(rows: number): number {
  return Math.max(1, rows - 1);
}
