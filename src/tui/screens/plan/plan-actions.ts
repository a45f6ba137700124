import type {Snapshot} from '../../../api/snapshot.ts';
import type {MemoryPlan} from '../../../domain/memory/plan/memory-plan.ts';
import {applySettingsChange} from '../../../domain/settings/launch-settings.ts';
import {changeBetween} from '../../../domain/settings/settings-difference.ts';
import {changedNames} from '../../../domain/settings/settings-table.ts';
import {type PlanDraft, type PlanField, planFields, stepField} from '../../../views/plan-screen/plan-fields.ts';
import {presentSettings} from '../../../views/plan-screen/plan-view.ts';
import {draftTokens, typeDigit} from '../context-steps.ts';
import type {Cure} from '../cure-dialog.ts';

/** What is drafted, the line that keys change, and how far the answer is scrolled. */
export type PlanState = {
  readonly draft: PlanDraft;
  readonly field: PlanField;
  readonly offset: number;
  /** Digits of a context length as they are typed. */
  readonly typed: string;
};

/** The Plan screen with the running settings on this node; null while no settings are known. */
export function openPlan(snapshot: Snapshot | null): PlanState | null {
  const draft = snapshot === null ? null : presentDraft(snapshot);
  return draft === null ? null : {draft, field: 'contextLengthTokens', offset: 0, typed: ''};
}

/** The settings that run, on the cards that are here. */
function presentDraft(snapshot: Snapshot): PlanDraft | null {
  const settings = presentSettings(snapshot);
  if (settings === null) return null;
  const gpuCount = Math.max(1, snapshot.gpus.length);
  return {settings, cardName: null, gpuCount, engineNames: snapshot.knownEngines};
}

export function moveField(state: PlanState, step: 1 | -1): PlanState {
  const index = planFields.indexOf(state.field);
  const field = planFields[(index + step + planFields.length) % planFields.length] ?? state.field;
  return {...state, field, typed: ''};
}

export function changeField(state: PlanState, direction: 1 | -1): PlanState {
  return {...state, draft: stepField(state.draft, state.field, direction), offset: 0, typed: ''};
}

/** A digit is the beginning or the next one of a context length, on its line. */
export function typeContext(state: PlanState, digit: string): PlanState {
  if (state.field !== 'contextLengthTokens') return state;
  const typed = typeDigit(state.typed, digit);
  const contextLengthTokens = draftTokens(typed) ?? state.draft.settings.contextLengthTokens;
  return {
    ...state,
    typed,
    offset: 0,
    draft: {...state.draft, settings: {...state.draft.settings, contextLengthTokens}},
  };
}

/** The draft with the first remedy of its plan taken; null where none is a change of settings. */
export function takeRemedy(state: PlanState, plan: MemoryPlan | null): PlanState | null {
  const cure = plan?.findings.find(({settingsChange}) => settingsChange !== null)?.settingsChange;
  if (cure === undefined || cure === null) return null;
  const settings = applySettingsChange(state.draft.settings, cure);
  return {...state, offset: 0, typed: '', draft: {...state.draft, settings}};
}

/** What to ask before a restart with the draft; a sentence where it cannot be. */
export function restartOfPlan(state: PlanState, snapshot: Snapshot, plan: MemoryPlan | null): Cure | string {
  const {settings} = snapshot.engine;
  if (state.draft.cardName !== null) return 'these are cards of the catalog, not of this node';
  if (settings === null) return 'no engine was started yet: start it with s';
  if (plan === null) return 'these settings cannot be planned';
  const change = changeBetween(settings, state.draft.settings);
  if (changedNames(change).length === 0) return 'nothing differs from the running settings';
  if (plan.verdict === 'does-not-fit') return plan.reason;
  return {
    change,
    finding: {
      code: 'plan.draft',
      severity: plan.verdict === 'tight' ? 'warning' : 'info',
      message: plan.reason,
      evidence: null,
      remedy: 'The plan is checked again before anything is stopped.',
      settingsChange: null,
    },
  };
}
