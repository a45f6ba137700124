import {catalogCards} from '../../domain/memory/cards.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {settingName, settingValueText} from '../words.ts';

/** What is asked on the Plan screen: settings, and the cards they would run on. */
export type PlanDraft = {
  readonly settings: LaunchSettings;
  /** A card of the catalog; null for the cards of this node. */
  readonly cardName: string | null;
  readonly gpuCount: number;
  /** Engines that can be planned for. */
  readonly engineNames: readonly string[];
};

/** One line of the form. */
export type PlanField =
  | 'card'
  | 'gpuCount'
  | Exclude<keyof LaunchSettings, 'model' | 'servedModelName' | 'host' | 'port' | 'extraArguments'>;

/** The lines in their order: where, what, and how it is spread. */
export const planFields: readonly PlanField[] = [
  'contextLengthTokens',
  'kvCacheDtype',
  'memoryFraction',
  'maxRunningRequests',
  'card',
  'gpuCount',
  'tensorParallelSize',
  'pipelineParallelSize',
  'dataParallelSize',
  'decodeContextParallelSize',
  'expertParallel',
  'visionMode',
  'format',
  'engine',
];

const contexts = [8_192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576];
const powersOfTwo = [1, 2, 4, 8, 16, 32];
const fractions = Array.from({length: 49}, (_, index) => (index + 50) / 100);

/** `8xNVIDIA H200`, as a plan for cards of the catalog is asked for; null for the cards of this node. */
export function nodeSpecOf({cardName, gpuCount}: PlanDraft): string | null {
  return cardName === null ? null : `${gpuCount}x${cardName}`;
}

/** A line's label. */
export function fieldLabel(field: PlanField): string {
  if (field === 'card') return 'cards';
  return field === 'gpuCount' ? 'how many' : settingName(field);
}

/** A line's value as it is drafted. */
export function fieldText(draft: PlanDraft, field: PlanField): string {
  if (field === 'card') return draft.cardName === null ? 'this node' : draft.cardName.replace(/^NVIDIA /, '');
  if (field === 'gpuCount') return draft.cardName === null ? 'as they are' : String(draft.gpuCount);
  return settingValueText(field, draft.settings[field]);
}

/** The draft with a line moved to its next value, or the one before. Other cards bring their own spread. */
export function stepField(draft: PlanDraft, field: PlanField, direction: 1 | -1): PlanDraft {
  const {settings} = draft;
  switch (field) {
    case 'card':
      return spread({...draft, cardName: neighbor([null, ...cardNames()], draft.cardName, direction)});
    case 'gpuCount':
      return draft.cardName === null
        ? draft
        : spread({...draft, gpuCount: nearest(powersOfTwo, draft.gpuCount, direction)});
    case 'contextLengthTokens':
      return withSetting(draft, {contextLengthTokens: nearest(contexts, settings.contextLengthTokens, direction)});
    case 'memoryFraction':
      return withSetting(draft, {memoryFraction: nearest(fractions, settings.memoryFraction, direction)});
    case 'maxRunningRequests':
      return withSetting(draft, {
        maxRunningRequests: neighbor([null, 16, 32, 64, 128, 256, 512, 1024], settings.maxRunningRequests, direction),
      });
    case 'kvCacheDtype':
      return withSetting(draft, {
        kvCacheDtype: neighbor(['auto', 'bf16', 'fp8'] as const, settings.kvCacheDtype, direction),
      });
    case 'visionMode':
      return withSetting(draft, {
        visionMode: neighbor(['data', 'weights', 'absent'] as const, settings.visionMode, direction),
      });
    case 'format':
      return withSetting(draft, {
        format: neighbor(['auto', 'int4', 'nvfp4', 'mxfp4', 'fp8', 'bf16'], settings.format, direction),
      });
    case 'engine':
      return withSetting(draft, {engine: neighbor(draft.engineNames, settings.engine, direction)});
    case 'expertParallel':
      return withSetting(draft, {expertParallel: !settings.expertParallel});
    default:
      return withSetting(draft, {[field]: nearest(powersOfTwo, settings[field], direction)});
  }
}

/** Settings of the draft that differ from the running ones; empty where none do. */
export function draftChange(draft: LaunchSettings, present: LaunchSettings): Partial<LaunchSettings> {
  const old = new Map(Object.entries(present));
  return Object.fromEntries(
    Object.entries(draft).filter(([name, value]) => JSON.stringify(old.get(name)) !== JSON.stringify(value)),
  );
}

function withSetting(draft: PlanDraft, change: Partial<LaunchSettings>): PlanDraft {
  return {...draft, settings: {...draft.settings, ...change}};
}

/** Over all cards of another node, as one would run it there. */
function spread(draft: PlanDraft): PlanDraft {
  if (draft.cardName === null) return draft;
  return withSetting(draft, {tensorParallelSize: draft.gpuCount, pipelineParallelSize: 1, dataParallelSize: 1});
}

function cardNames(): readonly string[] {
  return catalogCards().map(({name}) => name);
}

/** The value beside this one, around the end; the first where this one is none of them. */
function neighbor<T>(values: readonly T[], current: T, direction: 1 | -1): T {
  const index = values.indexOf(current);
  return values[(index + direction + values.length) % values.length] ?? current;
}

/** The next value above or below, the outermost where there is none. */
function nearest(values: readonly number[], current: number, direction: 1 | -1): number {
  const next = direction === 1 ? values.find((value) => value > current) : values.findLast((value) => value < current);
  return next ?? current;
}
