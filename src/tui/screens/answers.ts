import type {Row} from '../../views/rows.ts';
import {type Reaction, type ScreenContext, type ScreenKey, stay} from './screen.ts';

/** One answer in a dialog, with its own key. */
export type Answer<State> = {
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  readonly description: string;
  readonly react: (state: State, context: ScreenContext) => Reaction<State>;
};

/** The state of a dialog with answers: the selected one. */
export type Marked = {
  /** Index of the answer. The first is the safe one. */
  readonly marked: number;
};

/** The keys of a dialog with these answers, the safe one first: each by its own key, or selected and confirmed with Enter. */
export function answerKeys<State extends Marked>(answers: readonly Answer<State>[]): readonly ScreenKey<State>[] {
  const move = (step: 1 | -1) => (state: State) =>
    stay({...state, marked: (state.marked + step + answers.length) % answers.length});
  const direct = answers.map(({key, hint, description, react}) => ({keys: [key], hint, description, press: react}));
  return [
    ...direct.toReversed(),
    {keys: ['tab', 'right', 'down'], shown: 'Tab, arrows', hint: 'choose', description: 'next answer', press: move(1)},
    {keys: ['shift+tab', 'left', 'up'], shown: 'Shift+Tab', description: 'previous answer', press: move(-1)},
    {
      keys: ['enter'],
      shown: 'Enter',
      hint: 'confirm',
      description: 'confirm the selected answer',
      press: (state, context) => answers[state.marked]?.react(state, context) ?? stay(state),
    },
  ];
}

/** Text and answers within `rows`: on a small terminal the text is cut, never the answers. */
export function withAnswers<State extends Marked>(
  text: readonly Row[],
  answers: readonly Answer<State>[],
  {marked}: State,
  rows: number,
): Row[] {
  const room = Math.max(0, rows - answers.length);
  return [
    ...(text.length < room ? [...text, []] : text.slice(0, room)),
    ...answers.map(({key, label}, index) => answerRow(`${key}  ${label}`, index === marked)),
  ];
}

/** The selected answer has a mark, not only a color. */
function answerRow(label: string, isMarked: boolean): Row {
  return [{text: `${isMarked ? '>' : ' '} ${label}`, tone: isMarked ? 'accent' : 'normal'}];
}
