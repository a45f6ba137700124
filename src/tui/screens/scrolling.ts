import {type ScreenContext, type ScreenKey, stay} from './screen.ts';

export type ScrollStep = 'up' | 'down' | 'start';

const up = {keys: ['page-up', 'k'], shown: 'PgUp, k', description: 'older lines', group: 'Log'};
const down = {keys: ['page-down', 'j'], shown: 'PgDn, j', description: 'newer lines', group: 'Log'};
const start = {keys: ['home', 'g'], shown: 'Home, g', description: 'oldest line', group: 'Log'};

/** The scroll keys, the same on every screen. */
export function scrollKeys<State>(
  scroll: (state: State, step: ScrollStep, context: ScreenContext) => State,
): readonly ScreenKey<State>[] {
  const scrolling = (step: ScrollStep) => (state: State, context: ScreenContext) => stay(scroll(state, step, context));
  return [
    {...up, press: scrolling('up')},
    {...down, press: scrolling('down')},
    {...start, press: scrolling('start')},
  ];
}

/** An offset after a step of `page` rows, between 0 and `maxOffset`. */
export function scrolledOffset(offset: number, step: ScrollStep, page: number, maxOffset: number): number {
  const moved = {up: offset - page, down: offset + page, start: 0}[step];
  return Math.max(0, Math.min(moved, maxOffset));
}
