import {kvBytesPerLayer} from '../../../../src/domain/memory/kv-cache-size.ts';
import type {MemoryPlan} from '../../../../src/domain/memory/plan/memory-plan.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import {TABLES_LABEL} from '../../../../src/engines/vllm/overhead/process-parts.ts';
import {median} from '../../../../src/shared/median.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {knownArchitecture, planInput} from '../plan-samples.ts';
import {publishedModel} from './published-models.ts';
import type {PublishedStart} from './published-start.ts';
import {publishedStarts} from './published-starts.ts';

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
  readonly use: PublishedStart['use'];
  readonly start: string;
  readonly source: string;
  readonly unit: 'GiB' | 'tokens';
  readonly planned: number;
  readonly logged: number;
  /** planned / logged - 1, of the absolute values. */
  readonly errorRatio: number;
  /** The engine's budget per GPU. */
  readonly budgetGib: number;
  /** GiB per GPU that the plan says a pool may have. */
  readonly range: {readonly least: number; readonly most: number} | null;
  readonly verdict: MemoryPlan['verdict'];
  readonly didStart: boolean;
};

/** A pool of half the budget and more: on a smaller one, a GiB of overhead more or less is a large part of it. */
export function isTelling({planned, budgetGib}: Comparison): boolean {
  return planned > budgetGib / 2;
}

/** A verdict beside what happened. */
export type JudgedStart = {readonly start: PublishedStart; readonly verdict: MemoryPlan['verdict']};

/** The plan of a published start; `isVersionKnown` false plans as before the first start of an engine. */
function planOfStart(start: PublishedStart, isVersionKnown: boolean): MemoryPlan {
  return planMemory(inputOf(start, isVersionKnown ? start.engineVersion : null));
}

function inputOf({cardName, change, gpuCount, shapes}: PublishedStart, engineVersion: string | null) {
  const onDisk = shapes === null ? null : publishedModel(shapes);
  return planInput(cardName, change, {engineVersion, gpuCount, onDisk});
}

/** Every published quantity beside the plan's. */
export function comparePublishedStarts(isVersionKnown: boolean): readonly Comparison[] {
  return [
    ...publishedStarts.flatMap((start) => compareStart(start, isVersionKnown)),
    ...(isVersionKnown ? printedPools.map(comparePool) : []),
  ];
}

/** Every verdict beside what happened. */
export function judgePublishedStarts(isVersionKnown: boolean): readonly JudgedStart[] {
  return publishedStarts.map((start) => ({start, verdict: planOfStart(start, isVersionKnown).verdict}));
}

function compareStart(start: PublishedStart, isVersionKnown: boolean): Comparison[] {
  const plan = planOfStart(start, isVersionKnown);
  const budgetGib = plan.perGpu.budgetBytes / BYTES_PER_GIB;
  const {kvCachePoolRange: pools} = plan.perGpu;
  const range =
    pools === undefined ? null : {least: pools.leastBytes / BYTES_PER_GIB, most: pools.mostBytes / BYTES_PER_GIB};
  const {verdict} = plan;
  const compare = (
    quantity: Comparison['quantity'],
    unit: Comparison['unit'],
    planned: number,
    logged: number | null,
  ): Comparison[] =>
    logged === null
      ? []
      : [
          {
            quantity,
            ...named(start),
            unit,
            planned,
            logged,
            errorRatio: planned / logged - 1,
            budgetGib,
            range,
            verdict,
            didStart: start.didStart,
          },
        ];
  const {kvCachePoolBytes} = plan.perGpu;
  const weightsBytes = plan.perGpu.weightsBytes + tablesBytes(start);
  const poolGib = start.poolGib ?? (start.tokens === null ? null : poolOfTokens(plan, start.tokens));
  return [
    ...(isVersionKnown ? compare('weights per GPU', 'GiB', weightsBytes / BYTES_PER_GIB, start.weightsGib) : []),
    ...(isVersionKnown ? knownPool(start, compare) : []),
    ...compare('pool from scratch', 'GiB', kvCachePoolBytes / BYTES_PER_GIB, poolGib),
    ...compare('tokens from scratch', 'tokens', plan.kvCache.capacityTokens, start.tokens),
  ];
}

/** vLLM logs the tables that loading adds as part of the weights. */
function tablesBytes(start: PublishedStart): number {
  const {settings, model, node, engine} = inputOf(start, start.engineVersion);
  const {overheadParts} = engine.terms({
    settings,
    card: node.card,
    gpuCount: node.gpuCount,
    architecture: model.architecture,
    version: start.engineVersion,
  });
  return overheadParts.find(({label}) => label === TABLES_LABEL)?.bytes ?? 0;
}

function named({name, source, use}: PublishedStart): Pick<Comparison, 'start' | 'source' | 'use'> {
  return {start: name, source, use};
}

/** The pool that the logged tokens need. */
function poolOfTokens({kvCache, settings}: MemoryPlan, tokens: number): number {
  return (tokens / settings.decodeContextParallelSize) * (kvCache.bytesPerToken / BYTES_PER_GIB);
}

/** A pool printed with two digits says its tokens only to half of the last one: below 10 GiB that is no test. */
function knownPool(
  start: PublishedStart,
  compare: (quantity: Comparison['quantity'], unit: 'tokens', planned: number, logged: number | null) => Comparison[],
): Comparison[] {
  if (start.poolGib === null || start.poolGib < 10 || start.tokens === null || start.change.engine !== undefined) {
    return [];
  }
  const words = ['--kv-cache-memory-bytes', String(Math.round(start.poolGib * BYTES_PER_GIB))];
  const extraArguments = [...(start.change.extraArguments ?? []), ...words];
  const {kvCache} = planOfStart({...start, change: {...start.change, extraArguments}}, true);
  return compare('tokens of a known pool', 'tokens', kvCache.capacityTokens, start.tokens);
}

function comparePool({name, elementBytes, tokens, gib}: (typeof printedPools)[number]): Comparison {
  const layers = 61;
  const planned = (gib * BYTES_PER_GIB) / (layers * kvBytesPerLayer(knownArchitecture(), 1, elementBytes).everyToken);
  return {
    quantity: 'tokens of a known pool',
    use: 'check',
    start: name,
    source: 'published logs and a run of our own',
    unit: 'tokens',
    planned: Math.round(planned),
    logged: tokens,
    errorRatio: planned / tokens - 1,
    budgetGib: gib,
    range: null,
    verdict: 'fits',
    didStart: true,
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
  const absolute = errors.map(Math.abs);
  const worst = errors.reduce((far, error) => (Math.abs(error) > Math.abs(far) ? error : far), 0);
  const mean = absolute.reduce((sum, error) => sum + error, 0) / absolute.length;
  return {count: errors.length, meanAbsolute: mean, medianAbsolute: median(absolute) ?? 0, worst};
}
