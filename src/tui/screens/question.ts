import type {Snapshot} from '../../api/snapshot.ts';
import type {Row} from '../../views/rows.ts';
import {keySpec} from '../keys/key-table.ts';
import {innerSize, type PanelSize} from '../painting/paint-panel.ts';
import {type Answer, answerKeys, answerRows, type Marked, type Moving} from './answers.ts';
import {type Framed, refuse, type ScreenContext, type ScreenKey, stay} from './screen.ts';
import {centered} from './screen-place.ts';
import {pageOf, scrolledOffset} from './scrolling.ts';

/** A dialog that explains, and asks for one of its answers. */
export type Question<State extends Asked> = {
  readonly id: string;
  readonly columns: number;
  readonly title: (state: State, snapshot: Snapshot | null) => string;
  /** Stands in the title where the whole text is shown. */
  readonly note?: (state: State) => string;
  readonly text: (state: State, context: ScreenContext, columns: number) => readonly Row[];
  readonly answers: readonly Answer<State>[];
  readonly moving?: Moving;
};

/** The state of a question: the marked answer, and the rows of the text scrolled out at the top. */
export type Asked = Marked & {readonly offset: number};

/** The offset of the end of a text, however many rows there are for it. */
const END = Number.MAX_SAFE_INTEGER;

/** A question as it opens: at its first, safe answer. */
export const asked: Asked = {marked: 0, offset: 0};

/** The keys of a question: its answers, and scrolling where the text is longer than the terminal. */
export function questionKeys<State extends Asked>(question: Question<State>): readonly ScreenKey<State>[] {
  const scroll =
    (step: 'up' | 'down'): ScreenKey<State>['press'] =>
    (state, context) => {
      const {room, maxOffset} = windowOf(question, state, context);
      // A notice hides the whole text: any key removes it.
      if (room === 0) return stay(state);
      const offset = scrolledOffset(state.offset, step, pageOf(room), maxOffset);
      return stay({...state, offset: step === 'down' && offset === maxOffset ? END : offset});
    };
  return [
    ...answerKeys(question.answers, question.moving),
    {
      ...keySpec('dialog.more'),
      unavailable: (state, context) =>
        isCut(question, state, context) ? null : refuse('the end of the text is shown already'),
      whenRefused: (state) => ({...state, offset: END}),
      press: scroll('down'),
    },
    {
      ...keySpec('dialog.beginning'),
      unavailable: (state, context) =>
        isScrolled(question, state, context) ? null : refuse('the beginning of the text is shown already'),
      whenRefused: (state) => ({...state, offset: 0}),
      press: scroll('up'),
    },
  ];
}

/** The question in the middle of the terminal. On a small one its text is scrolled; its answers are always there. */
export function drawQuestion<State extends Asked>(
  question: Question<State>,
  state: State,
  context: ScreenContext,
): readonly Framed[] {
  const {text, room, maxOffset} = windowOf(question, state, context);
  const offset = Math.min(state.offset, maxOffset);
  const {shown} = context.keymap;
  const whole = question.note?.(state) ?? '';
  return centered(question.id, question.columns, context, () => ({
    title: question.title(state, context.data.snapshot),
    titleNote:
      offset < maxOffset
        ? `${shown('dialog.more')} for more`
        : maxOffset > 0
          ? `${shown('dialog.beginning')} for more`
          : whole,
    tone: 'warning',
    rows: [...text.slice(offset, offset + room), ...answerRows(question.answers, state, context)],
  }));
}

function isCut<State extends Asked>(question: Question<State>, state: State, context: ScreenContext): boolean {
  const {room, maxOffset} = windowOf(question, state, context);
  return state.offset < (room === 0 ? END : maxOffset);
}

function isScrolled<State extends Asked>(question: Question<State>, state: State, context: ScreenContext): boolean {
  const {room, maxOffset} = windowOf(question, state, context);
  return Math.min(state.offset, room === 0 ? END : maxOffset) > 0;
}

/** The text, and how many of its rows there is room for. */
function windowOf<State extends Asked>(question: Question<State>, state: State, context: ScreenContext) {
  const {columns, rows}: PanelSize = innerSize({
    columns: Math.min(question.columns, context.area.columns),
    rows: context.area.rows,
  });
  const text = question.text(state, context, columns);
  const room = Math.max(0, rows - question.answers.length);
  return {text, room, maxOffset: room === 0 ? 0 : Math.max(0, text.length - room)};
}
