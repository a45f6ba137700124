import type {Row} from '../../views/rows.ts';
import {type KeyId, keySpec} from '../keys/key-table.ts';
import {type Reaction, type Refused, refuse, type ScreenContext, type ScreenKey, stay} from './screen.ts';

/** Why an answer cannot be given now: in full for the notice, and in a few words next to it. */
export type Unavailable = Refused & {readonly brief: string};

/** One answer in a dialog, with its own key. */
export type Answer<State> = {
  readonly id: Extract<KeyId, 'dialog.yes' | 'dialog.drain' | 'dialog.no'>;
  readonly label: string;
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
export type Moving = {readonly next: KeyId; readonly previous: KeyId};

/** The keys of a dialog with these answers, the safe one first: each by its own key, or selected and confirmed with Enter. */
export function answerKeys<State extends Marked>(
  answers: readonly Answer<State>[],
  moving: Moving = {next: 'dialog.next', previous: 'dialog.previous'},
): readonly ScreenKey<State>[] {
  const move = (step: 1 | -1) => (state: State) =>
    stay({...state, marked: (state.marked + step + answers.length) % answers.length});
  const direct = answers.map(
    ({id, unavailable: why = () => null, react}): ScreenKey<State> => ({
      ...keySpec(id),
      unavailable: why,
      press: react,
    }),
  );
  return [
    ...direct.toReversed(),
    {...keySpec(moving.next), press: move(1)},
    {...keySpec(moving.previous), press: move(-1)},
    {
      ...keySpec('dialog.confirm'),
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
  {id, label, unavailable: why}: Answer<State>,
  isMarked: boolean,
  state: State,
  context: ScreenContext,
): Row {
  const reason = why?.(state, context) ?? null;
  const key = context.keymap.shown(id);
  const text = `${isMarked ? '>' : ' '} ${key}  ${label}${reason === null ? '' : ` (${reason.brief})`}`;
  const tone = reason !== null ? 'dim' : isMarked ? 'accent' : 'normal';
  return [{text, tone}];
}
