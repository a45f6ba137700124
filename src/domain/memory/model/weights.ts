import type {Architecture} from './architecture.ts';
import {ignoreMatcher, type Quantization, type StoredMatrices} from './quantization.ts';
import type {WeightModule, WeightPartName} from './weight-module.ts';
import {weightModules} from './weight-modules.ts';

/** A group of weights that are placed together. */
export type WeightPart = {
  readonly name: WeightPartName;
  readonly parameters: number;
  /** Parameters that are quantized. */
  readonly quantizedParameters: number;
  readonly bytes: number;
  /** Bytes of each layer; weights of no layer are in `firstBytes` or `lastBytes`, or are vision. */
  readonly bytesByLayer: readonly number[];
  readonly firstBytes: number;
  readonly lastBytes: number;
};

const knownParts = new WeakMap<Architecture, WeakMap<Quantization, readonly WeightPart[]>>();

/**
 * Every part of the model with its bytes in this quantization; together they are the checkpoint. Computed once for the same two
 * objects: plans of one model with other settings are made by the hundred, and each name of a module is tested against patterns.
 */
export function weightParts(architecture: Architecture, quantization: Quantization): readonly WeightPart[] {
  const byQuantization = knownParts.get(architecture) ?? new WeakMap<Quantization, readonly WeightPart[]>();
  knownParts.set(architecture, byQuantization);
  const parts = byQuantization.get(quantization) ?? computedParts(architecture, quantization);
  byQuantization.set(quantization, parts);
  return parts;
}

function computedParts(architecture: Architecture, quantization: Quantization): readonly WeightPart[] {
  const storageOf = storageOfModules(quantization);
  const parts = new Map<WeightPartName, MutablePart>();
  for (const module of weightModules(architecture)) {
    const part = partOf(parts, module.part, architecture.layers);
    const parameters = module.rows * module.columns * module.count;
    const storage = module.isLinear ? storageOf(module.name) : null;
    const isQuantized = storage !== null;
    const bytes = storage === null ? parameters * plainBytes(module) : quantizedBytes(module, storage);
    part.parameters += parameters;
    part.quantizedParameters += isQuantized ? parameters : 0;
    part.bytes += bytes;
    if (typeof module.layer === 'number')
      part.bytesByLayer[module.layer] = (part.bytesByLayer[module.layer] ?? 0) + bytes;
    else if (module.layer === 'first') part.firstBytes += bytes;
    else if (module.layer === 'last') part.lastBytes += bytes;
  }
  return [...parts.values()];
}

/** How the module of a name is stored; null for 16 bit. */
function storageOfModules({ignore, only, others = [], ...main}: Quantization): (name: string) => StoredMatrices | null {
  const isIgnored = moduleMatcher(ignore);
  const isMain = only === undefined ? () => true : moduleMatcher(only);
  const ways = others.map((storage) => ({storage, has: moduleMatcher(storage.names)}));
  return (name) => {
    if (main.scale === null || isIgnored(name)) return null;
    return isMain(name) ? main : (ways.find(({has}) => has(name))?.storage ?? null);
  };
}

/** Qwen calls its only shared expert by the singular, and stores the projections of linear attention apart. */
function moduleMatcher(names: readonly string[]): (name: string) => boolean {
  const isListed = ignoreMatcher(names);
  return (name) =>
    isListed(name) ||
    (name.includes('shared_experts') && isListed(name.replace('shared_experts', 'shared_expert'))) ||
    (name.endsWith('in_proj_qkvz') && isListed(name.replace('in_proj_qkvz', 'in_proj_qkv')));
}

type MutablePart = {-readonly [K in keyof WeightPart]: WeightPart[K]} & {bytesByLayer: number[]};

function partOf(parts: Map<WeightPartName, MutablePart>, name: WeightPartName, layers: number): MutablePart {
  const known = parts.get(name);
  if (known !== undefined) return known;
  const bytesByLayer = new Array<number>(layers).fill(0);
  const part = {name, parameters: 0, quantizedParameters: 0, bytes: 0, bytesByLayer, firstBytes: 0, lastBytes: 0};
  parts.set(name, part);
  return part;
}

/** The router's correction bias is F32 in every published checkpoint; everything else that is not quantized is 16 bit. */
function plainBytes({part}: WeightModule): number {
  return part === 'router-bias' ? 4 : 2;
}

function quantizedBytes(
  {rows, columns, count}: WeightModule,
  {weightBits, scale, bytesPerMatrix}: StoredMatrices,
): number {
  const weights = Math.ceil((rows * columns * weightBits) / 8);
  const scales = scale === null ? 0 : Math.ceil(rows / scale.rows) * Math.ceil(columns / scale.columns) * scale.bytes;
  return (weights + scales + bytesPerMatrix) * count;
}

/** Bytes of all tensors of a checkpoint. Files are some tens of MB larger by their headers. */
export function checkpointBytes(parts: readonly WeightPart[]): number {
  return parts.reduce((sum, {bytes}) => sum + bytes, 0);
}
