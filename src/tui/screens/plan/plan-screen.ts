import type {PlanView, PlanViewFunction} from '../../../views/plan-screen/plan-view.ts';
import {withoutSupervisor} from '../../keys/engine-availability.ts';
import {cureDialog} from '../cure-dialog.ts';
import {whole, wholeSize} from '../placement.ts';
import {
  type DefinedScreen,
  defineScreen,
  type Reaction,
  refuse,
  type ScreenContext,
  type ScreenKey,
  stay,
} from '../screen.ts';
import {scrolledOffset, scrollKeys} from '../scrolling.ts';
import {
  changeField,
  moveField,
  openPlan,
  type PlanState,
  restartOfPlan,
  takeRemedy,
  typeContext,
} from './plan-actions.ts';

/** Settings and cards to play with, and what they would take of every card. */
export function createPlanScreen(view: PlanViewFunction): DefinedScreen<PlanState> {
  return defineScreen<PlanState>({
    kind: 'screen',
    name: 'Plan',
    opener: {
      keys: ['P'],
      hint: 'plan',
      description: 'the Plan screen: what would other settings or cards do',
      group: 'Engine',
      disabledReason: withoutSupervisor,
      open({data}) {
        const state = openPlan(data.snapshot);
        return state === null ? {refused: 'no settings are known yet to plan with'} : {state};
      },
    },
    keys: [
      ...fieldKeys,
      {
        keys: ['a'],
        hint: 'cure',
        description: 'the settings of the first remedy',
        press: (state, context) => {
          const cured = takeRemedy(state, viewOf(state, context, view)?.plan ?? null);
          return cured === null ? refuse('no remedy of this plan is a setting') : stay(cured);
        },
      },
      {
        keys: ['R'],
        hint: 'restart',
        description: 'restart with these settings; asks first',
        press: (state, context) => askForRestart(state, context, view),
      },
      ...scrollKeys<PlanState>((state, step, context) => {
        const shown = viewOf(state, context, view);
        if (shown === null) return state;
        return {...state, offset: scrolledOffset(state.offset, step, shown.pageRows, shown.maxOffset)};
      }),
    ],
    type: (state, character) => (/^[0-9]$/.test(character) ? typeContext(state, character) : null),
    draw(state, context) {
      const shown = viewOf(state, context, view);
      return shown === null ? [] : whole('plan', shown.view, context);
    },
  });
}

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
    description: 'setting before',
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
    description: 'value before',
    press: (state) => stay(changeField(state, -1)),
  },
  {
    keys: ['r'],
    hint: 'reset',
    description: 'back to the running settings',
    press: (state, {data}) => stay(openPlan(data.snapshot) ?? state),
  },
];

function viewOf({draft, field, offset}: PlanState, context: ScreenContext, view: PlanViewFunction): PlanView | null {
  const {snapshot} = context.data;
  if (snapshot === null) return null;
  return view({snapshot, draft, field, offset, ...wholeSize(context), glyphs: context.pen.glyphs});
}

function askForRestart(state: PlanState, context: ScreenContext, view: PlanViewFunction): Reaction<PlanState> {
  const {snapshot} = context.data;
  if (snapshot === null) return stay(state);
  const cure = restartOfPlan(state, snapshot, viewOf(state, context, view)?.plan ?? null);
  if (typeof cure === 'string') return refuse(`cannot restart: ${cure}`);
  return {kind: 'open', screen: cureDialog.opened({cure, marked: 0})};
}
