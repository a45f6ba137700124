import type {Row} from '../../views/rows.ts';
import type {KeyName} from '../keys/key-names.ts';
import {type Reaction, type Refused, refuse, type ScreenContext, type ScreenKey, stay} from './screen.ts';

/** Why an answer cannot be given now: in full for the notice, and in a few words next to it. */
export type Unavailable = Refused & {readonly brief: string};

/** One answer in a dialog, with its own key. */
export type Answer<State> = {
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  readonly description: string;
  /** Null, as without it, where the answer can be given. */
  readonly unavailable?: (state: State, context: ScreenContext) => Unavailable | null;
  readonly react: (state: State, context: ScreenContext) => Reaction<State>;
};

/** The state of a dialog with answers: the selected one. */
export type Marked = {
  /** Index of the answer. The first is the safe one. */
  readonly marked: number;
};

/** The reason of an answer that cannot be given. */
export function unavailable(brief: string, reason: string, remedy: string | null = null): Unavailable {
  return {...refuse(reason, remedy), brief};
}

/** The keys that choose an answer. */
export type Moving = {readonly next: readonly KeyName[]; readonly previous: readonly KeyName[]};

/** The keys of a dialog with these answers, the safe one first: each by its own key, or selected and confirmed with Enter. */
export function answerKeys<State extends Marked>(
  answers: readonly Answer<State>[],
  moving: Moving = {next: ['tab', 'right', 'down'], previous: ['shift+tab', 'left', 'up']},
): readonly ScreenKey<State>[] {
  const move = (step: 1 | -1) => (state: State) =>
    stay({...state, marked: (state.marked + step + answers.length) % answers.length});
  const direct = answers.map(
    ({key, hint, description, unavailable: why = () => null, react}): ScreenKey<State> => ({
      keys: [key],
      hint,
      description,
      unavailable: why,
      press: react,
    }),
  );
  return [
    ...direct.toReversed(),
    {
      keys: moving.next,
      shown: 'Tab, arrows',
      hint: 'choose',
      isMinor: true,
      description: 'next answer',
      press: move(1),
    },
    {keys: moving.previous, shown: 'Shift+Tab', description: 'previous answer', press: move(-1)},
    {
      keys: ['enter'],
      shown: 'Enter',
      hint: 'confirm',
      description: 'confirm the selected answer',
      unavailable: (state, context) => answers[state.marked]?.unavailable?.(state, context) ?? null,
      press: (state, context) => answers[state.marked]?.react(state, context) ?? stay(state),
    },
  ];
}

/** A row for each answer. */
export function answerRows<State extends Marked>(
  answers: readonly Answer<State>[],
  state: State,
  context: ScreenContext,
): Row[] {
  return answers.map((answer, index) => answerRow(answer, index === state.marked, state, context));
}

/** The selected answer has a mark, not only a color; one that cannot be given has the reason. */
function answerRow<State>(
  {key, label, unavailable: why}: Answer<State>,
  isMarked: boolean,
  state: State,
  context: ScreenContext,
): Row {
  const reason = why?.(state, context) ?? null;
  const text = `${isMarked ? '>' : ' '} ${key}  ${label}${reason === null ? '' : ` (${reason.brief})`}`;
  const tone = reason !== null ? 'dim' : isMarked ? 'accent' : 'normal';
  return [{text, tone}];
}
