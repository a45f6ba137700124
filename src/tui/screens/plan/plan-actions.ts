import type {PreviewRequestInput} from '../../../api/preview.ts';
import type {Snapshot} from '../../../api/snapshot.ts';
import type {PreviewAnswer} from '../../../client/answers/previews.ts';
import {
  applySettingsChange,
  type LaunchSettings,
  type SettingsChange,
  settingsChangeSchema,
} from '../../../domain/settings/launch-settings.ts';
import {changeBetween, sameSettings} from '../../../domain/settings/settings-difference.ts';
import {changedNames, type SettingName, settingNames, settingPath} from '../../../domain/settings/settings-table.ts';
import {
  nodeSpecOf,
  type PlanDraft,
  type PlanField,
  planFields,
  stepField,
} from '../../../views/plan-screen/plan-fields.ts';
import {presentSettings} from '../../../views/plan-screen/plan-view.ts';
import {erase, meaningOf, pasteInto, prefilled, type TokenField, tokensIn, typeInto} from '../token-field.ts';

/** The draft, the selected line, and the scroll offset of the answer. */
export type PlanState = {
  readonly draft: PlanDraft;
  readonly field: PlanField;
  readonly offset: number;
  /** A context length that is being typed, and the one before it; null while none is. */
  readonly typing: {readonly field: TokenField; readonly originTokens: number} | null;
};

/** The Plan screen with the running settings on this node; null while settings are unknown. */
export function openPlan(snapshot: Snapshot | null): PlanState | null {
  const draft = snapshot === null ? null : presentDraft(snapshot);
  return draft === null ? null : {draft, field: 'contextLengthTokens', offset: 0, typing: null};
}

/** True while the draft is what the screen opens with. */
export function isAsOpened({draft, typing}: PlanState, snapshot: Snapshot | null): boolean {
  const opened = snapshot === null ? null : presentDraft(snapshot);
  if (opened === null || typing !== null) return false;
  const isSameNode = draft.cardName === opened.cardName && draft.gpuCount === opened.gpuCount;
  return isSameNode && sameSettings(draft.settings, opened.settings);
}

/** The running settings on this node's GPUs. */
function presentDraft(snapshot: Snapshot): PlanDraft | null {
  const settings = presentSettings(snapshot);
  if (settings === null) return null;
  const gpuCount = Math.max(1, snapshot.gpus.length);
  return {settings, cardName: null, gpuCount, engineNames: snapshot.knownEngines};
}

export function moveField(state: PlanState, step: 1 | -1): PlanState {
  const index = planFields.indexOf(state.field);
  const field = planFields[(index + step + planFields.length) % planFields.length] ?? state.field;
  return {...state, field, typing: null};
}

export function changeField(state: PlanState, direction: 1 | -1): PlanState {
  return {...state, draft: stepField(state.draft, state.field, direction), offset: 0, typing: null};
}

/** The context with its number in a field, which the first typed character replaces. */
export function startTyping(state: PlanState): PlanState {
  const originTokens = state.draft.settings.contextLengthTokens;
  return {...state, typing: {field: prefilled(originTokens), originTokens}};
}

/** The field is closed; the draft keeps its number. */
export function finishTyping(state: PlanState): PlanState {
  return {...state, typing: null};
}

/** The field is closed, and the context is as before. */
export function cancelTyping(state: PlanState): PlanState {
  return state.typing === null ? state : {...withContext(state, state.typing.originTokens), typing: null};
}

/** The field with a character more; null while none is open. */
export function typeContext(state: PlanState, character: string): PlanState | null {
  const field = state.typing === null ? null : typeInto(state.typing.field, character);
  return field === null ? null : withTyped(state, field);
}

/** The field with a pasted number instead of its own; null while none is open, and for a text that is no number. */
export function pasteContext(state: PlanState, text: string): PlanState | null {
  const field = state.typing === null ? null : pasteInto(text);
  return field === null ? null : withTyped(state, field);
}

/** The typed text without its last character. */
export function eraseContext(state: PlanState): PlanState {
  return state.typing === null ? state : withTyped(state, erase(state.typing.field));
}

/** While the text is no number of tokens, the draft has the context from before it was typed. */
function withTyped(state: PlanState, field: TokenField): PlanState {
  const originTokens = state.typing?.originTokens ?? state.draft.settings.contextLengthTokens;
  return {...withContext(state, tokensIn(field) ?? originTokens), typing: {field, originTokens}};
}

function withContext(state: PlanState, contextLengthTokens: number): PlanState {
  const {draft} = state;
  return {...state, offset: 0, draft: {...draft, settings: {...draft.settings, contextLengthTokens}}};
}

/** What is typed and no number of tokens: what is expected instead; null where there is nothing to correct. */
export function mistypedOf({typing}: PlanState): string | null {
  if (typing === null || meaningOf(typing.field).isValid) return null;
  return meaningOf(typing.field).text;
}

/** The preview request for the draft: a restart here, or a start on GPUs from the catalog. */
export function questionOf({draft}: PlanState, snapshot: Snapshot): PreviewRequestInput {
  const gpus = nodeSpecOf(draft);
  const {settings} = draft;
  const present = snapshot.engine.settings;
  if (gpus !== null) return {command: {type: 'start', settings}, gpus};
  if (present === null) return {command: {type: 'start', settings}};
  return {command: {type: 'restart', change: changeTo(draft, present, snapshot)}};
}

/**
 * The change of a restart to the draft: what differs from the present settings, and what such a restart would otherwise
 * take from an edited configuration. What the form does not show still comes from there.
 */
function changeTo(
  {settings}: PlanDraft,
  present: LaunchSettings,
  {configuration}: Pick<Snapshot, 'configuration'>,
): SettingsChange {
  const differing = changedNames(changeBetween(present, settings));
  const isNamed = (name: SettingName): boolean => {
    if (differing.includes(name)) return true;
    const row = configuration.values.find(({key}) => key === settingPath(name));
    return row !== undefined && (row.isPending || JSON.stringify(row.value) !== JSON.stringify(present[name]));
  };
  const named = settingNames.filter((name) => planFields.includes(name) && isNamed(name));
  return settingsChangeSchema.parse(Object.fromEntries(named.map((name) => [name, settings[name]])));
}

/** The draft with the first fix of what refuses it that is a setting; a sentence if there is none. */
export function takeRemedy(state: PlanState, answer: PreviewAnswer): PlanState | string {
  if (answer.kind === 'checking') return 'the plan is not ready yet';
  const blockers = answer.kind === 'judged' ? answer.preview.blockers : [];
  if (answer.kind === 'judged' && blockers.length === 0) return 'nothing to fix: this would start';
  const change = blockers.find(({settingsChange}) => settingsChange !== null)?.settingsChange ?? null;
  if (change === null) return 'no fix of this plan is a setting';
  return {
    ...state,
    offset: 0,
    typing: null,
    draft: {...state.draft, settings: applySettingsChange(state.draft.settings, change)},
  };
}

/** The changes of a restart with the draft; a sentence if there is nothing to restart or change. */
export function restartChange(state: PlanState, snapshot: Snapshot): SettingsChange | string {
  const {draft} = state;
  const {settings} = snapshot.engine;
  if (draft.cardName !== null) return 'these GPUs are from the catalog, not on this node';
  if (settings === null) return 'no engine has been started yet: there is nothing to restart';
  const isChanged = changedNames(changeBetween(settings, draft.settings)).length > 0;
  return isChanged ? changeTo(draft, settings, snapshot) : 'no difference from the running settings';
}
