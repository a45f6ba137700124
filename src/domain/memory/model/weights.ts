import type {Architecture} from './architecture.ts';
import {ignoreMatcher, type Quantization} from './quantization.ts';
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

/** Every part of the model with its bytes in this quantization; together they are the checkpoint. */
export function weightParts(architecture: Architecture, quantization: Quantization): readonly WeightPart[] {
  const isListed = ignoreMatcher(quantization.ignore);
  // Qwen calls its only shared expert by the singular.
  const isIgnored = (name: string): boolean =>
    isListed(name) || (name.includes('shared_experts') && isListed(name.replace('shared_experts', 'shared_expert')));
  const parts = new Map<WeightPartName, MutablePart>();
  for (const module of weightModules(architecture)) {
    const part = partOf(parts, module.part, architecture.layers);
    const parameters = module.rows * module.columns * module.count;
    const isQuantized = module.isLinear && quantization.scale !== null && !isIgnored(module.name);
    const bytes = isQuantized ? quantizedBytes(module, quantization) : parameters * plainBytes(module);
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
  {weightBits, scale, bytesPerMatrix}: Quantization,
): number {
  const weights = Math.ceil((rows * columns * weightBits) / 8);
  const scales = scale === null ? 0 : Math.ceil(rows / scale.rows) * Math.ceil(columns / scale.columns) * scale.bytes;
  return (weights + scales + bytesPerMatrix) * count;
}

/** Bytes of all tensors of a checkpoint. Files are some tens of MB larger by their headers. */
export function checkpointBytes(parts: readonly WeightPart[]): number {
  return parts.reduce((sum, {bytes}) => sum + bytes, 0);
}
