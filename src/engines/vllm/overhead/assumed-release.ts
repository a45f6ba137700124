import type {Architecture} from '../../../domain/memory/model/architecture.ts';
import {isVersionAtLeast} from '../../launch/engine-version.ts';
import {leastForKimi} from '../../launch/kimi-releases.ts';
import {kimiReleases} from '../installation.ts';

/** The newest release that Gantry knows; assumed where no version is known. */
export const NEWEST_RELEASE = '0.33.0';

/** Releases that count differently, each for those before `next`: samplers, buffers, graphs, batches, the model runner. */
const differing: readonly {readonly release: string; readonly next: readonly [number, number]}[] = [
  {release: '0.11.0', next: [0, 17]},
  {release: '0.17.0', next: [0, 18]},
  {release: '0.19.0', next: [0, 20]},
  {release: '0.20.2', next: [0, 21]},
  {release: '0.22.1', next: [0, 23]},
  {release: '0.24.0', next: [0, 25]},
  {release: '0.27.1', next: [0, 28]},
  {release: '0.28.0', next: [0, 29]},
];

/** Releases besides the newest that an unknown one may count like: those that serve the model. */
export function possibleReleases(model: string, architecture: Architecture): readonly string[] {
  const least = leastRelease(model, architecture);
  return differing.filter(({next}) => !isVersionAtLeast(least, next)).map(({release}) => release);
}

/** Models with windows or Mamba layers by the names of their classes, and the first release that has them. */
const laterModels: readonly (readonly [name: RegExp, release: string])[] = [
  [/^Gemma4/, '0.19.0'],
  [/^MiMoV2Flash/, '0.14.0'],
  [/^Step3p5/, '0.15.1'],
  [/^Step3p7/, '0.23.0'],
];

/** The first release that serves a model, as far as its name or its layers say. */
function leastRelease(model: string, architecture: Architecture): string {
  const {name, attention, hiddenSize, vision, indexer, linearAttention} = architecture;
  // KimiK25ForConditionalGeneration; Kimi VL, which is older, has a width of 2,048.
  const isKimiK25 = attention.kind === 'mla' && vision !== null && hiddenSize >= 7168;
  if (isKimiK25) return leastForKimi(model, kimiReleases) === kimiReleases.k27 ? kimiReleases.k27 : kimiReleases.k25;
  // GlmMoeDsaForCausalLM with an indexer on some layers; Qwen3_5ForConditionalGeneration.
  if (indexer?.isOnLayer.includes(false) === true) return '0.16.0';
  if (linearAttention?.kind === 'gated-delta' && vision !== null) return '0.17.0';
  return laterModels.find(([pattern]) => pattern.test(name))?.[1] ?? '0.11.0';
}
