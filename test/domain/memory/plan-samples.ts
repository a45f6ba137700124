import {type CatalogCard, cardByName} from '../../../src/domain/memory/cards.ts';
import type {Architecture} from '../../../src/domain/memory/model/architecture.ts';
import type {ModelOnDisk} from '../../../src/domain/memory/model/checkpoint.ts';
import {findKnownModel} from '../../../src/domain/memory/model/known-models.ts';
import {resolveModel} from '../../../src/domain/memory/model/planned-model.ts';
import {publishedQuantization, type WeightFormat} from '../../../src/domain/memory/model/quantization.ts';
import {checkpointBytes, weightParts} from '../../../src/domain/memory/model/weights.ts';
import {type Placement, placeWeights, singleCard, type WeightPlacement} from '../../../src/domain/memory/placement.ts';
import type {LearnedOverhead, PlanInput} from '../../../src/domain/memory/plan/memory-budget.ts';
import {type LaunchSettings, plainParallelism} from '../../../src/domain/settings/launch-settings.ts';
import {findEngine} from '../../../src/engines/registry.ts';

/** What a Kimi K2.7 Code node is started with when nobody says otherwise. */
export const usualSettings: LaunchSettings = {
  engine: 'vllm',
  model: 'moonshotai/Kimi-K2.7-Code',
  format: 'auto',
  servedModelName: 'kimi-k2.7-code',
  host: '127.0.0.1',
  port: 8000,
  tensorParallelSize: 8,
  ...plainParallelism,
  contextLengthTokens: 262_144,
  memoryFraction: 0.9,
  kvCacheDtype: 'auto',
  maxRunningRequests: null,
  extraArguments: [],
};

/** Shapes of a model that Gantry carries; throws where it does not. */
export function knownArchitecture(modelId = 'moonshotai/Kimi-K2.7-Code'): Architecture {
  const known = findKnownModel(modelId);
  if (known === undefined) throw new Error(`${modelId} is not known`);
  return known.architecture;
}

/** Bytes of a checkpoint of these shapes as published in a format. */
export function publishedBytes(architecture: Architecture, format: WeightFormat): number {
  return checkpointBytes(weightParts(architecture, publishedQuantization(format)));
}

/** Weights on each card of each stage. */
export function placed(
  placement: Partial<Placement>,
  format: WeightFormat = 'int4',
  architecture: Architecture = knownArchitecture(),
): readonly WeightPlacement[] {
  return placeWeights(architecture, weightParts(architecture, publishedQuantization(format)), {
    ...singleCard,
    ...placement,
  });
}

/** A card of the catalog by nvidia-smi's name; throws where the catalog lacks it. */
export function catalogCard(name: string): CatalogCard {
  const card = cardByName(name);
  if (card === undefined) throw new Error(`${name} is not in the catalog`);
  return card;
}

export type InputOptions = {
  readonly gpuCount?: number;
  readonly learned?: LearnedOverhead | null;
  readonly engineVersion?: string | null;
  readonly onDisk?: ModelOnDisk | null;
};

/** A plan's input: eight of a card with the usual settings, and what is changed. */
export function planInput(
  cardName: string,
  change: Partial<LaunchSettings> = {},
  {gpuCount = 8, learned = null, engineVersion = null, onDisk = null}: InputOptions = {},
): PlanInput {
  const settings = {...usualSettings, ...change};
  const engine = findEngine(settings.engine)?.memory;
  if (engine === undefined) throw new Error(`no engine ${settings.engine}`);
  const model = resolveModel(settings.model, settings.format, onDisk);
  if (!model.ok) throw new Error(model.error.message);
  const node = {card: catalogCard(cardName), gpuCount, hostCount: 1};
  return {settings, model: model.value, node, engine, engineVersion, learned};
}

export const H200 = 'NVIDIA H200';
export const H100 = 'NVIDIA H100 80GB HBM3';
