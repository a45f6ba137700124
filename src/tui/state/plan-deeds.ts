import type {Snapshot} from '../../api/snapshot.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {settingsChangeSchema} from '../../domain/settings/launch-settings.ts';
import {draftChange, type PlanDraft, planFields, stepField} from '../../views/plan-screen/plan-fields.ts';
import {presentSettings} from '../../views/plan-screen/plan-screen.ts';
import type {PlanOverlay} from './console-state.ts';
import {draftTokens, typeDigit} from './context-steps.ts';
import type {Cure} from './cure.ts';

/** The Plan screen with the running settings on this node; null while no settings are known. */
export function openPlan(snapshot: Snapshot | null): PlanOverlay | null {
  const draft = snapshot === null ? null : presentDraft(snapshot);
  return draft === null ? null : {kind: 'plan', draft, field: 'contextLengthTokens', offset: 0, typed: ''};
}

/** The settings that run, on the cards that are here. */
export function presentDraft(snapshot: Snapshot): PlanDraft | null {
  const settings = presentSettings(snapshot);
  if (settings === null) return null;
  const gpuCount = Math.max(1, snapshot.gpus.length);
  return {settings, cardName: null, gpuCount, engineNames: snapshot.knownEngines};
}

export function movePlanField(overlay: PlanOverlay, step: 1 | -1): PlanOverlay {
  const index = planFields.indexOf(overlay.field);
  const field = planFields[(index + step + planFields.length) % planFields.length] ?? overlay.field;
  return {...overlay, field, typed: ''};
}

export function changePlanField(overlay: PlanOverlay, direction: 1 | -1): PlanOverlay {
  return {...overlay, draft: stepField(overlay.draft, overlay.field, direction), offset: 0, typed: ''};
}

/** A digit is the beginning or the next one of a context length, on its line. */
export function typePlanDigit(overlay: PlanOverlay, digit: string): PlanOverlay {
  if (overlay.field !== 'contextLengthTokens') return overlay;
  const typed = typeDigit(overlay.typed, digit);
  const contextLengthTokens = draftTokens(typed) ?? overlay.draft.settings.contextLengthTokens;
  return {
    ...overlay,
    typed,
    offset: 0,
    draft: {...overlay.draft, settings: {...overlay.draft.settings, contextLengthTokens}},
  };
}

/** The draft with the first remedy of its plan taken; null where none is a change of settings. */
export function curePlan(overlay: PlanOverlay, plan: MemoryPlan | null): PlanOverlay | null {
  const cure = plan?.findings.find(({settingsChange}) => settingsChange !== null)?.settingsChange;
  const change = settingsChangeSchema.safeParse(cure ?? null);
  if (!change.success) return null;
  const named = Object.fromEntries(Object.entries(change.data).filter(([, value]) => value !== undefined));
  return {...overlay, offset: 0, typed: '', draft: {...overlay.draft, settings: {...overlay.draft.settings, ...named}}};
}

/** What to ask before a restart with the draft; a sentence where it cannot be. */
export function restartOfPlan(overlay: PlanOverlay, snapshot: Snapshot, plan: MemoryPlan | null): Cure | string {
  const {settings} = snapshot.engine;
  if (overlay.draft.cardName !== null) return 'these are cards of the catalog, not of this node';
  if (settings === null) return 'no engine was started yet: start it with s';
  if (plan === null) return 'these settings cannot be planned';
  const change = settingsChangeSchema.safeParse(draftChange(overlay.draft.settings, settings));
  if (!change.success || Object.keys(change.data).length === 0) return 'nothing differs from the running settings';
  if (plan.verdict === 'does-not-fit') return plan.reason;
  return {
    change: change.data,
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
