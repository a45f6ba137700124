import {kvBytesPerLayer} from '../../../../src/domain/memory/kv-cache-size.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {H100, H200, knownArchitecture, planInput} from '../plan-samples.ts';

/** What a real engine logged at a start that somebody published. GiB and tokens, as printed. */
type PublishedStart = {
  readonly name: string;
  /** Where the log or table is. */
  readonly source: string;
  readonly cardName: string;
  readonly engineVersion: string;
  readonly change: Partial<LaunchSettings>;
  readonly weightsGib: number | null;
  readonly poolGib: number | null;
  readonly tokens: number | null;
};

const publishedStarts: readonly PublishedStart[] = [
  {
    name: 'K2.5, vLLM 0.15.0, 8x H100, fraction 0.95, 64 requests, 8,192 of context',
    source: 'Kimi K2.5 on GCP 8xH100: Setup Log, 2026-02-09',
    cardName: H100,
    engineVersion: '0.15.0',
    change: {
      model: 'moonshotai/Kimi-K2.5',
      memoryFraction: 0.95,
      maxRunningRequests: 64,
      contextLengthTokens: 8192,
      extraArguments: ['--block-size', '64'],
    },
    weightsGib: 72.02,
    poolGib: 0.64,
    tokens: 9664,
  },
  {
    name: 'the same at 0.90: the published command on the published node',
    source: 'Kimi K2.5 on GCP 8xH100: Setup Log, 2026-02-09',
    cardName: H100,
    engineVersion: '0.15.0',
    change: {model: 'moonshotai/Kimi-K2.5', memoryFraction: 0.9, maxRunningRequests: 64},
    weightsGib: 72.02,
    poolGib: -3.32,
    tokens: null,
  },
  {
    name: 'K2 Thinking, vLLM 0.11.1rc, 8x H200, fraction 0.90, requests not limited',
    source: 'vLLM recipes, moonshotai/Kimi-K2-Think.md',
    cardName: H200,
    engineVersion: '0.11.1',
    change: {model: 'moonshotai/Kimi-K2-Thinking', memoryFraction: 0.9, extraArguments: ['--block-size', '64']},
    weightsGib: null,
    poolGib: 46.8,
    tokens: 715_072,
  },
  {
    name: 'the same with decode context parallel 8',
    source: 'vLLM recipes, moonshotai/Kimi-K2-Think.md',
    cardName: H200,
    engineVersion: '0.11.1',
    change: {
      model: 'moonshotai/Kimi-K2-Thinking',
      memoryFraction: 0.9,
      decodeContextParallelSize: 8,
      extraArguments: ['--block-size', '64'],
    },
    weightsGib: null,
    poolGib: 46.8,
    tokens: 5_721_088,
  },
];

/** Pools whose size in tokens and bytes was printed, by engines of three kinds. */
const printedPools: readonly {
  readonly name: string;
  readonly elementBytes: number;
  readonly tokens: number;
  readonly gib: number;
}[] = [
  // The allocated pool has one page more than it counts.
  {name: 'SGLang, FP8, 2,659,072 tokens and a page of 64', elementBytes: 1, tokens: 2_659_072 + 64, gib: 87.01},
  {name: 'SGLang, BF16, 217,856 tokens and a page of 128', elementBytes: 2, tokens: 217_856 + 128, gib: 14.27},
  {name: 'llama.cpp, f16, 8,192 cells', elementBytes: 2, tokens: 8192, gib: 549 / 1024},
];

/** One quantity of one start: what Gantry says and what the engine said. */
export type Comparison = {
  readonly quantity: 'weights per GPU' | 'tokens of a known pool' | 'pool from scratch' | 'tokens from scratch';
  readonly start: string;
  readonly source: string;
  readonly unit: 'GiB' | 'tokens';
  readonly planned: number;
  readonly logged: number;
  /** planned / logged - 1, of the absolute values. */
  readonly errorRatio: number;
};

/** Every published quantity beside the plan's; `isVersionKnown` false plans as before the first start of an engine. */
export function comparePublishedStarts(isVersionKnown: boolean): readonly Comparison[] {
  return [
    ...publishedStarts.flatMap((start) => compareStart(start, isVersionKnown)),
    ...(isVersionKnown ? printedPools.map(comparePool) : []),
  ];
}

function compareStart(start: PublishedStart, isVersionKnown: boolean): Comparison[] {
  const engineVersion = isVersionKnown ? start.engineVersion : null;
  const plan = planMemory(planInput(start.cardName, start.change, {engineVersion}));
  const compare = (
    quantity: Comparison['quantity'],
    unit: Comparison['unit'],
    planned: number,
    logged: number | null,
  ): Comparison[] =>
    logged === null
      ? []
      : [{quantity, start: start.name, source: start.source, unit, planned, logged, errorRatio: planned / logged - 1}];
  const {weightsBytes, kvCachePoolBytes} = plan.perGpu;
  return [
    ...(isVersionKnown ? compare('weights per GPU', 'GiB', weightsBytes / BYTES_PER_GIB, start.weightsGib) : []),
    ...(isVersionKnown ? knownPool(start, compare) : []),
    ...compare('pool from scratch', 'GiB', kvCachePoolBytes / BYTES_PER_GIB, start.poolGib),
    ...compare('tokens from scratch', 'tokens', plan.kvCache.capacityTokens, start.tokens),
  ];
}

/** A pool printed with two digits says its tokens only to half of the last one: below 10 GiB that is no test. */
function knownPool(
  start: PublishedStart,
  compare: (quantity: Comparison['quantity'], unit: 'tokens', planned: number, logged: number | null) => Comparison[],
): Comparison[] {
  if (start.poolGib === null || start.poolGib < 10 || start.tokens === null) return [];
  const words = ['--kv-cache-memory-bytes', String(Math.round(start.poolGib * BYTES_PER_GIB))];
  const extraArguments = [...(start.change.extraArguments ?? []), ...words];
  const {kvCache} = planMemory(planInput(start.cardName, {...start.change, extraArguments}));
  return compare('tokens of a known pool', 'tokens', kvCache.capacityTokens, start.tokens);
}

function comparePool({name, elementBytes, tokens, gib}: (typeof printedPools)[number]): Comparison {
  const layers = 61;
  const planned = (gib * BYTES_PER_GIB) / (layers * kvBytesPerLayer(knownArchitecture(), 1, elementBytes).everyToken);
  return {
    quantity: 'tokens of a known pool',
    start: name,
    source: 'published logs and a run of our own',
    unit: 'tokens',
    planned: Math.round(planned),
    logged: tokens,
    errorRatio: planned / tokens - 1,
  };
}

/** Mean of the absolute errors and the worst one, signed, of a quantity. */
export function errorSummary(comparisons: readonly Comparison[]): {
  readonly count: number;
  readonly meanAbsolute: number;
  readonly medianAbsolute: number;
  readonly worst: number;
} {
  const errors = comparisons.map(({errorRatio}) => errorRatio);
  const absolute = errors.map(Math.abs).toSorted((a, b) => a - b);
  const worst = errors.reduce((far, error) => (Math.abs(error) > Math.abs(far) ? error : far), 0);
  const middle = absolute.length / 2;
  const median = ((absolute[Math.ceil(middle) - 1] ?? 0) + (absolute[Math.floor(middle)] ?? 0)) / 2;
  const mean = absolute.reduce((sum, error) => sum + error, 0) / absolute.length;
  return {count: errors.length, meanAbsolute: mean, medianAbsolute: median, worst};
}
