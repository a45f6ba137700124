import {keySpec} from '../keys/key-table.ts';
import {refuse, type ScreenContext, type ScreenKey, stay} from './screen.ts';

export type ScrollStep = 'up' | 'down' | 'start' | 'end';

type ScrollLine<State> = Omit<ScreenKey<State>, 'press'>;

const screenLines = {
  up: keySpec('scroll.up'),
  down: keySpec('scroll.down'),
  start: keySpec('scroll.start'),
  end: keySpec('scroll.end'),
};

const BEGINNING = 'this is the beginning';
const END = 'this is the end';

/** Why a step to newer lines of a log does nothing at its newest one. */
export const FOLLOWED = 'the log is followed already';

/** Why a step does nothing at an end. */
export const edgeReasons: Readonly<Record<ScrollStep, string>> = {up: BEGINNING, start: BEGINNING, down: END, end: END};

/** A key that says why it changes nothing, where it does not. */
export function untilEdge<State>(reason: string, key: ScreenKey<State>): ScreenKey<State> {
  return {
    ...key,
    press(state, context) {
      const reaction = key.press(state, context);
      return reaction.kind === 'stay' && isSame(reaction.state, state) ? refuse(reason) : reaction;
    },
  };
}

/** True for states of the same values. */
export function isSame<State>(one: State, other: State): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return false;
  const values = new Map<string, unknown>(Object.entries(other));
  return Object.entries(one).every(([name, value]) => Object.is(value, values.get(name)));
}

/** The keys that scroll by a row where no list is chosen from, besides those by pages. */
export function rowKeys<State>(
  scroll: (state: State, step: 'up' | 'down', context: ScreenContext) => State,
): readonly ScreenKey<State>[] {
  return [
    untilEdge(BEGINNING, {...keySpec('scroll.row-up'), press: (state, context) => stay(scroll(state, 'up', context))}),
    untilEdge(END, {...keySpec('scroll.row-down'), press: (state, context) => stay(scroll(state, 'down', context))}),
  ];
}

/** The scroll keys, the same on every screen. */
export function scrollKeys<State>(
  scroll: (state: State, step: ScrollStep, context: ScreenContext) => State,
  lines: Readonly<Record<ScrollStep, ScrollLine<State>>> = screenLines,
): readonly ScreenKey<State>[] {
  const steps: readonly ScrollStep[] = ['up', 'down', 'start', 'end'];
  return steps.map((step) =>
    untilEdge(edgeReasons[step], {...lines[step], press: (state, context) => stay(scroll(state, step, context))}),
  );
}

/** An offset after a step of `page` rows, between 0 and `maxOffset`. */
export function scrolledOffset(offset: number, step: ScrollStep, page: number, maxOffset: number): number {
  const from = Math.min(offset, maxOffset);
  const moved = {up: from - page, down: from + page, start: 0, end: maxOffset}[step];
  return Math.max(0, Math.min(moved, maxOffset));
}

/** Rows or lines that one step of the wheel scrolls. */
export const WHEEL_ROWS = 3;

/** Rows that a page key scrolls in a view of `rows`: one row stays in sight. */
export function pageOf(rows: number): number {
  return Math.max(1, rows - 1);
}
