import type {TermsInput} from '../../../domain/memory/engine-memory.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {BYTES_PER_GIB} from '../../../shared/units.ts';
import {isVersionAtLeast, releaseOf} from '../../launch/engine-version.ts';
import type {MemoryArguments} from '../memory-arguments.ts';
import {NEWEST_RELEASE} from './assumed-release.ts';
import {batchSizes} from './batch-sizes.ts';
import {usesSecondRunner} from './model-runner.ts';
import {capturedGraphs} from './process-parts.ts';

/**
 * GiB of CUDA graphs that are really there, a base and for every graph and layer: 0.98 GiB of 102 graphs of 32 layers. Measured
 * on one H200 with vLLM 0.26.0 and Llama 3.1 8B.
 */
const GRAPHS_GIB = {base: 0.1, perLayer: 2.7e-4} as const;
/** A sampler that filters, as a multiple of its float32 logits. The same start took 2.7 more when its sampler had run. */
const SAMPLER_RATIO = 2.7;
/** The first release whose second model runner measures its CUDA graphs before it sizes the cache. */
const MEASURES_GRAPHS = [0, 29] as const;

export type OutsideReserve = {readonly bytes: number; readonly evidence: string};

/**
 * What vLLM takes after it has sized the cache where its second model runner has measured neither CUDA graphs nor a sampler
 * that filters: until 0.28. Zero for every other start.
 */
export function secondRunnerReserve(
  {settings, card, architecture, version: given, isQuantized = false}: TermsInput,
  argv: MemoryArguments,
): OutsideReserve {
  const version = releaseOf(given) ?? NEWEST_RELEASE;
  const isMeasured = isVersionAtLeast(version, MEASURES_GRAPHS);
  if (isMeasured || !usesSecondRunner(architecture, version, isQuantized)) return {bytes: 0, evidence: ''};
  const batch = batchSizes(settings, argv, card, version);
  const graphs = argv.isEager ? 0 : capturedGraphs({batch, argv, card, version});
  const graphsGib = graphs === 0 ? 0 : GRAPHS_GIB.base + GRAPHS_GIB.perLayer * graphs * architecture.layers;
  const logitsBytes = batch.requests * architecture.vocabularySize * 4;
  const parts = [
    ...(graphs === 0 ? [] : [`${countedText(graphs, 'CUDA graph')} of ${countText(architecture.layers)} layers`]),
    `a sampler for ${countedText(batch.requests, 'request')} that filters`,
  ];
  return {
    bytes: Math.round(graphsGib * BYTES_PER_GIB + SAMPLER_RATIO * logitsBytes),
    evidence: `${parts.join(' and ')}, which the second model runner does not measure before 0.29`,
  };
}
