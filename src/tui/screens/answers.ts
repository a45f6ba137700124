import type {Row} from '../../views/rows.ts';
import {type Reaction, type ScreenContext, type ScreenKey, stay} from './screen.ts';

/** One answer to the question of a dialog, with a key of its own. */
export type Answer<State> = {
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  readonly description: string;
  readonly react: (state: State, context: ScreenContext) => Reaction<State>;
};

/** A dialog that offers answers remembers which one is marked. */
export type Marked = {
  /** Index into the answers. The first is the safe one. */
  readonly marked: number;
};

/** The keys of a dialog that offers these answers, the safe one first: by its own key, or marked and taken with Enter. */
export function answerKeys<State extends Marked>(answers: readonly Answer<State>[]): readonly ScreenKey<State>[] {
  const move = (step: 1 | -1) => (state: State) =>
    stay({...state, marked: (state.marked + step + answers.length) % answers.length});
  const direct = answers.map(({key, hint, description, react}) => ({keys: [key], hint, description, press: react}));
  return [
    ...direct.toReversed(),
    {keys: ['tab', 'right', 'down'], shown: 'Tab, arrows', hint: 'choose', description: 'next answer', press: move(1)},
    {keys: ['shift+tab', 'left', 'up'], shown: 'Shift+Tab', description: 'answer before', press: move(-1)},
    {
      keys: ['enter'],
      shown: 'Enter',
      hint: 'confirm',
      description: 'take the marked answer',
      press: (state, context) => answers[state.marked]?.react(state, context) ?? stay(state),
    },
  ];
}

/** Text and answers within `rows`: where the terminal is small the text gives way, never the answers. */
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

/** The marked answer has a mark, not only a color. */
function answerRow(label: string, isMarked: boolean): Row {
  return [{text: `${isMarked ? '>' : ' '} ${label}`, tone: isMarked ? 'accent' : 'normal'}];
}
