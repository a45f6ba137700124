import {catalogCards} from '../../domain/memory/cards.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {displaySetting, type SettingName, settingNames, settingsTable} from '../../domain/settings/settings-table.ts';

/** The draft on the Plan screen: settings, and the GPUs they would run on. */
export type PlanDraft = {
  readonly settings: LaunchSettings;
  /** A GPU from the catalog; null for the GPUs of this node. */
  readonly cardName: string | null;
  readonly gpuCount: number;
  /** Engines that can be planned. */
  readonly engineNames: readonly string[];
};

/** One line of the form: a launch setting that can be stepped through, or the GPUs. */
export type PlanField = 'card' | 'gpuCount' | SettingName;

const stepped = settingNames.filter((name) => settingsTable[name].steps !== null);
const spreadAt = stepped.indexOf('tensorParallelSize');

/** The lines in order: what runs, the GPUs, and the parallelism. */
export const planFields: readonly PlanField[] = [
  ...stepped.slice(0, spreadAt),
  'card',
  'gpuCount',
  ...stepped.slice(spreadAt),
];

const gpuCounts = [1, 2, 4, 8, 16, 32];

/** `8xNVIDIA H200`, the form for GPUs from the catalog; null for the GPUs of this node. */
export function nodeSpecOf({cardName, gpuCount}: PlanDraft): string | null {
  return cardName === null ? null : `${gpuCount}x${cardName}`;
}

/** A line's label. */
export function fieldLabel(field: PlanField): string {
  if (field === 'card') return 'GPUs';
  return field === 'gpuCount' ? 'GPU count' : settingsTable[field].label;
}

/** A line's drafted value. */
export function fieldText(draft: PlanDraft, field: PlanField): string {
  if (field === 'card') return draft.cardName === null ? 'this node' : draft.cardName.replace(/^NVIDIA /, '');
  if (field === 'gpuCount') return draft.cardName === null ? 'unchanged' : String(draft.gpuCount);
  return displaySetting(field, draft.settings[field]);
}

/** The draft with a line moved to its next or previous value. Other GPUs have their own parallelism. */
export function stepField(draft: PlanDraft, field: PlanField, direction: 1 | -1): PlanDraft {
  if (field === 'card') {
    return spread({...draft, cardName: next([null, ...cardNames()], draft.cardName, direction)});
  }
  if (field === 'gpuCount') {
    return draft.cardName === null ? draft : spread({...draft, gpuCount: next(gpuCounts, draft.gpuCount, direction)});
  }
  if (field === 'engine')
    return withSetting(draft, {engine: next(draft.engineNames, draft.settings.engine, direction)});
  return stepSetting(draft, field, direction);
}

function stepSetting<K extends SettingName>(draft: PlanDraft, name: K, direction: 1 | -1): PlanDraft {
  const {steps} = settingsTable[name];
  const present = draft.settings[name];
  const value = steps === null ? present : next(steps, present, direction);
  return value === present ? draft : withSetting(draft, {[name]: value});
}

function withSetting(draft: PlanDraft, change: Partial<LaunchSettings>): PlanDraft {
  return {...draft, settings: {...draft.settings, ...change}};
}

/** Over all GPUs of another node, the usual setup. */
function spread(draft: PlanDraft): PlanDraft {
  if (draft.cardName === null) return draft;
  return withSetting(draft, {tensorParallelSize: draft.gpuCount, pipelineParallelSize: 1, dataParallelSize: 1});
}

function cardNames(): readonly string[] {
  return catalogCards().map(({name}) => name);
}

/**
 * The next value. Sizes stop at the smallest and the largest; others wrap around, and start with the first if the
 * current value is not in the list.
 */
function next<T>(values: readonly T[], current: T, direction: 1 | -1): T {
  if (values.every((value) => typeof value === 'number')) {
    const further = (value: T): boolean => Math.sign(Number(value) - Number(current)) === direction;
    return (direction === 1 ? values.find(further) : values.findLast(further)) ?? current;
  }
  return values[(values.indexOf(current) + direction + values.length) % values.length] ?? current;
}
