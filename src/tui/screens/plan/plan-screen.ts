import type {PreviewAnswer} from '../../../client/answers/previews.ts';
import {chartView} from '../../../views/charts/chart-view.ts';
import {FORM_COLUMNS, type PlanView, planView} from '../../../views/plan-screen/plan-view.ts';
import {refusalOfAnswer} from '../../../views/restart/judgement-rows.ts';
import {isCharacter} from '../../keys/key-names.ts';
import {keySpec} from '../../keys/key-table.ts';
import {cureDialog} from '../cure-dialog.ts';
import {defineScreen} from '../define-screen.ts';
import {asked} from '../question.ts';
import {type Reaction, type Refused, refuse, type ScreenContext, type ScreenKey, stay} from '../screen.ts';
import {filled, wholeSize} from '../screen-place.ts';
import {scrolledOffset, scrollKeys, WHEEL_ROWS} from '../scrolling.ts';
import {
  cancelTyping,
  changeField,
  eraseContext,
  finishTyping,
  isAsOpened,
  mistypedOf,
  moveField,
  openPlan,
  type PlanState,
  pasteContext,
  questionOf,
  restartChange,
  startTyping,
  takeRemedy,
  typeContext,
} from './plan-actions.ts';

const fieldKeys: readonly ScreenKey<PlanState>[] = [
  {...keySpec('plan.next'), press: (state) => stay(moveField(state, 1))},
  {...keySpec('plan.previous'), press: (state) => stay(moveField(state, -1))},
  {...keySpec('plan.larger'), press: changedBy(1)},
  {...keySpec('plan.smaller'), press: changedBy(-1)},
  {
    ...keySpec('plan.erase'),
    unavailable: ({typing}) => (typing === null ? refuse('nothing typed to delete') : null),
    press: (state) => stay(eraseContext(state)),
  },
  {
    ...keySpec('plan.reset'),
    unavailable: (state, {data: {snapshot}}) =>
      isAsOpened(state, snapshot) ? refuse('nothing to reset: these are the running settings') : null,
    press: (state, {data}) => stay(openPlan(data.snapshot) ?? state),
  },
];

/** Until it is pressed, digits and letters are the keys of the console. */
const typingKey: ScreenKey<PlanState> = {
  ...keySpec('plan.type'),
  hintIn: ({typing}) => (typing === null ? 'type' : 'use it'),
  unavailable(state, {keymap: {shown}}) {
    const mistyped = mistypedOf(state);
    if (mistyped !== null) return refuse(mistyped, `${shown('console.back')} cancels it.`);
    const isTyped = state.field === 'contextLengthTokens';
    const keys = `${shown('plan.smaller')} and ${shown('plan.larger')} change this line.`;
    return isTyped ? null : refuse('only the context is typed', keys);
  },
  press: (state) => stay(state.typing === null ? startTyping(state) : finishTyping(state)),
};

const keys: readonly ScreenKey<PlanState>[] = [
  // First, so that it is in every footer.
  typingKey,
  ...fieldKeys,
  {
    ...keySpec('plan.cure'),
    unavailable: (state, context) => {
      const cured = takeRemedy(state, answerOf(state, context));
      return typeof cured === 'string' ? refuse(`cannot apply fix: ${cured}`) : null;
    },
    press: (state, context) => {
      const cured = takeRemedy(state, answerOf(state, context));
      return stay(typeof cured === 'string' ? state : cured);
    },
  },
  {...keySpec('plan.restart'), unavailable: restartUnavailable, press: askForRestart},
  ...scrollKeys<PlanState>((state, step, context) => {
    const shown = viewOf(state, context);
    if (shown === null) return state;
    return {...state, offset: scrolledOffset(state.offset, step, shown.pageRows, shown.maxOffset)};
  }),
];

/** Settings and GPUs to try, with their memory use per GPU. */
export const planScreen = defineScreen<PlanState>({
  kind: 'screen',
  name: 'Plan',
  tab: {number: 7, keeps: (state, {snapshot}) => !isAsOpened(state, snapshot)},
  opener: {
    ...keySpec('screen.plan'),
    open({data}) {
      const state = openPlan(data.snapshot);
      return state === null ? {refused: 'no settings known yet to plan with'} : {state};
    },
  },
  keys,
  type: (state, character) => (isCharacter(character) ? typeContext(state, character) : null),
  prompt: {isOpen: ({typing}) => typing !== null, keys: ['plan.type', 'plan.erase'], closed: cancelTyping},
  paste: pasteContext,
  list: {next: 'plan.next', previous: 'plan.previous', columns: FORM_COLUMNS},
  wheel(state, step, _, context) {
    const maxOffset = viewOf(state, context)?.maxOffset ?? 0;
    return {...state, offset: scrolledOffset(state.offset, step, WHEEL_ROWS, maxOffset)};
  },
  question: (state, {snapshot}) => (snapshot === null ? null : questionOf(state, snapshot)),
  draw(state, context) {
    const shown = viewOf(state, context);
    return shown === null ? [] : filled('plan', shown.view, context, memoryBelow);
  },
});

/** What the GPUs have in use, where the plan leaves room for it. */
const memoryBelow = {id: 'memory', view: chartView, options: {of: 'gpu-memory'}};

function changedBy(direction: 1 | -1): ScreenKey<PlanState>['press'] {
  return (state) => {
    const next = changeField(state, direction);
    if (next.draft !== state.draft || state.typing !== null) return stay(next);
    const isOfThisNode = state.field === 'gpuCount' && state.draft.cardName === null;
    if (isOfThisNode) return refuse('this node has the GPUs that it has.', 'Choose others on the line GPUs first.');
    return refuse(`there is no ${direction === 1 ? 'larger' : 'smaller'} value to step to`);
  };
}

function answerOf(state: PlanState, {data: {snapshot}, answerTo}: ScreenContext): PreviewAnswer {
  return snapshot === null ? {kind: 'checking'} : answerTo(questionOf(state, snapshot));
}

function viewOf(state: PlanState, context: ScreenContext): PlanView | null {
  const {snapshot} = context.data;
  if (snapshot === null) return null;
  const {draft, field, offset, typing} = state;
  return planView({
    snapshot,
    draft,
    field,
    typed: typing === null ? null : {text: typing.field.text, mistyped: mistypedOf(state)},
    offset,
    answer: answerOf(state, context),
    ...wholeSize(context),
    glyphs: context.pen.glyphs,
    moreKey: context.keymap.shown('scroll.down'),
  });
}

function restartUnavailable(state: PlanState, context: ScreenContext): Refused | null {
  const {snapshot} = context.data;
  const change = snapshot === null ? 'no data about the node yet' : restartChange(state, snapshot);
  if (typeof change === 'string') return refuse(`cannot restart: ${change}`);
  const refusal = refusalOfAnswer(answerOf(state, context));
  return refusal === null ? null : refuse(`cannot restart: ${refusal.message}`, refusal.remedy);
}

function askForRestart(state: PlanState, {data: {snapshot}}: ScreenContext): Reaction<PlanState> {
  const change = snapshot === null ? null : restartChange(state, snapshot);
  if (change === null || typeof change === 'string') return stay(state);
  return {kind: 'open', screen: cureDialog.opened({...asked, finding: null, change})};
}
