import type {PreviewAnswer} from '../../../client/previews.ts';
import {type PlanView, planView} from '../../../views/plan-screen/plan-view.ts';
import {refusalOfAnswer} from '../../../views/restart/judgement-rows.ts';
import {withoutSupervisor} from '../../keys/engine-availability.ts';
import {cureDialog} from '../cure-dialog.ts';
import {defineScreen, type Reaction, refuse, type ScreenContext, type ScreenKey, stay} from '../screen.ts';
import {whole, wholeSize} from '../screen-place.ts';
import {scrolledOffset, scrollKeys} from '../scrolling.ts';
import {
  changeField,
  moveField,
  openPlan,
  type PlanState,
  questionOf,
  restartChange,
  takeRemedy,
  typeContext,
} from './plan-actions.ts';

const fieldKeys: readonly ScreenKey<PlanState>[] = [
  {
    keys: ['down', 'tab'],
    shown: 'Down',
    hint: 'choose',
    description: 'next setting',
    press: (state) => stay(moveField(state, 1)),
  },
  {
    keys: ['up', 'shift+tab'],
    shown: 'Up',
    description: 'previous setting',
    press: (state) => stay(moveField(state, -1)),
  },
  {
    keys: ['right', '+', '='],
    shown: 'Right, +',
    hint: 'change',
    description: 'next value',
    press: (state) => stay(changeField(state, 1)),
  },
  {
    keys: ['left', '-'],
    shown: 'Left, -',
    description: 'previous value',
    press: (state) => stay(changeField(state, -1)),
  },
  {
    keys: ['r'],
    hint: 'reset',
    description: 'back to the running settings',
    press: (state, {data}) => stay(openPlan(data.snapshot) ?? state),
  },
];

/** Settings and GPUs to try, with their memory use per GPU. */
export const planScreen = defineScreen<PlanState>({
  kind: 'screen',
  name: 'Plan',
  opener: {
    keys: ['P'],
    hint: 'plan',
    description: 'Plan screen: the effect of other settings or GPUs',
    group: 'Engine',
    disabledReason: withoutSupervisor,
    open({data}) {
      const state = openPlan(data.snapshot);
      return state === null ? {refused: 'no settings known yet to plan with'} : {state};
    },
  },
  keys: [
    ...fieldKeys,
    {
      keys: ['a'],
      hint: 'cure',
      description: 'apply the first fix to the draft',
      press: (state, context) => {
        const cured = takeRemedy(state, answerOf(state, context));
        return typeof cured === 'string' ? refuse(cured) : stay(cured);
      },
    },
    {
      keys: ['R'],
      hint: 'restart',
      description: 'restart with these settings; asks first',
      press: askForRestart,
    },
    ...scrollKeys<PlanState>((state, step, context) => {
      const shown = viewOf(state, context);
      if (shown === null) return state;
      return {...state, offset: scrolledOffset(state.offset, step, shown.pageRows, shown.maxOffset)};
    }),
  ],
  type: typeContext,
  question: (state, {snapshot}) => (snapshot === null ? null : questionOf(state, snapshot.engine.settings)),
  draw(state, context) {
    const shown = viewOf(state, context);
    return shown === null ? [] : whole('plan', shown.view, context);
  },
});

function answerOf(state: PlanState, {data, answerTo}: ScreenContext): PreviewAnswer {
  return answerTo(questionOf(state, data.snapshot?.engine.settings ?? null));
}

function viewOf(state: PlanState, context: ScreenContext): PlanView | null {
  const {snapshot} = context.data;
  if (snapshot === null) return null;
  const {draft, field, offset} = state;
  const answer = answerOf(state, context);
  return planView({snapshot, draft, field, offset, answer, ...wholeSize(context), glyphs: context.pen.glyphs});
}

function askForRestart(state: PlanState, context: ScreenContext): Reaction<PlanState> {
  const {snapshot} = context.data;
  if (snapshot === null) return stay(state);
  const change = restartChange(state, snapshot);
  if (typeof change === 'string') return refuse(`cannot restart: ${change}`);
  const refusal = refusalOfAnswer(answerOf(state, context));
  if (refusal !== null) return refuse(`cannot restart: ${refusal.message}`, refusal.remedy);
  return {kind: 'open', screen: cureDialog.opened({finding: null, change, marked: 0})};
}
