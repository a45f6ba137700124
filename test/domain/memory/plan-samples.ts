import type {LaunchSettings} from '../../../src/domain/lifecycle/launch-settings.ts';
import type {CardMemory} from '../../../src/domain/memory/cards.ts';
import {cardByName} from '../../../src/domain/memory/cards.ts';
import type {PlanInput} from '../../../src/domain/memory/memory-budget.ts';

/** What a Kimi K2.7 Code node is started with when nobody says otherwise. */
export const usualSettings: LaunchSettings = {
  engine: 'vllm',
  model: 'moonshotai/Kimi-K2.7-Code',
  format: 'int4',
  servedModelName: 'kimi-k2.7-code',
  host: '127.0.0.1',
  port: 8000,
  tensorParallelSize: 8,
  contextLengthTokens: 262_144,
  memoryFraction: 0.9,
  kvCacheDtype: 'auto',
  maxRunningRequests: null,
  extraArguments: [],
};

/** A card of the catalog by nvidia-smi's name; throws where the catalog lacks it. */
export function catalogCard(name: string): CardMemory {
  const card = cardByName(name);
  if (card === undefined) throw new Error(`${name} is not in the catalog`);
  return card;
}

/** A plan's input: eight of a card with the usual settings, and what is changed. */
export function planInput(cardName: string, change: Partial<LaunchSettings> = {}, gpuCount = 8): PlanInput {
  return {settings: {...usualSettings, ...change}, card: catalogCard(cardName), gpuCount};
}

export const H200 = 'NVIDIA H200';
export const H100 = 'NVIDIA H100 80GB HBM3';
