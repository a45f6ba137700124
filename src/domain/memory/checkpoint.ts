import type {Architecture} from './architecture.ts';
import {type WeightPart, type WeightPartName, weightParts} from './parameters.ts';

/** Formats of a checkpoint that the planner knows the bytes of. */
export const weightFormats = ['int4', 'nvfp4', 'mxfp4', 'fp8', 'bf16'] as const;
export type WeightFormat = (typeof weightFormats)[number];

/** True for a format name whose bytes are known. */
export function isWeightFormat(format: string): format is WeightFormat {
  return weightFormats.some((known) => known === format);
}

/** How one format stores the parts that it quantizes; every other part stays BF16. */
type Quantization = {
  readonly parts: readonly WeightPartName[];
  readonly weightBits: number;
  /** Bytes of scale per parameter. */
  readonly scaleBytesPerParameter: number;
  readonly bytesPerMatrix: number;
  /** For the shown arithmetic. */
  readonly description: string;
};

const quantizations: Readonly<Record<WeightFormat, Quantization>> = {
  // compressed-tensors, pack-quantized: 4 bit, a BF16 scale per 32, an I32[2] shape a matrix; only the routed experts.
  int4: {
    parts: ['routed-experts'],
    weightBits: 4,
    scaleBytesPerParameter: 2 / 32,
    bytesPerMatrix: 8,
    description: '4 bit + a BF16 scale per 32',
  },
  // NVIDIA's repacks: 4 bit, an FP8 scale per 16, two F32 scalars a matrix; only the routed experts.
  nvfp4: {
    parts: ['routed-experts'],
    weightBits: 4,
    scaleBytesPerParameter: 1 / 16,
    bytesPerMatrix: 8,
    description: '4 bit + an FP8 scale per 16',
  },
  // AMD Quark: 4 bit, an 8-bit exponent per 32; routed and shared experts and the dense layer.
  mxfp4: {
    parts: ['routed-experts', 'shared-experts', 'dense-mlp'],
    weightBits: 4,
    scaleBytesPerParameter: 1 / 32,
    bytesPerMatrix: 0,
    description: '4 bit + an 8-bit exponent per 32',
  },
  // FP8 blocks of 128x128 with an F32 scale, as Kimi K2 Instruct was published; of K2.5 to K2.7 no such exists officially.
  fp8: {
    parts: ['routed-experts', 'shared-experts', 'dense-mlp', 'attention-down', 'attention-up'],
    weightBits: 8,
    scaleBytesPerParameter: 4 / (128 * 128),
    bytesPerMatrix: 0,
    description: '8 bit + an F32 scale per 128x128',
  },
  bf16: {parts: [], weightBits: 16, scaleBytesPerParameter: 0, bytesPerMatrix: 0, description: '16 bit'},
};

/** Bytes of one part in a format; the router's correction bias is F32 in every one of them. */
export function partBytes(part: WeightPart, format: WeightFormat): number {
  if (part.name === 'router-bias') return part.parameters * 4;
  const quantization = quantizations[format];
  if (!quantization.parts.includes(part.name)) return part.parameters * 2;
  const weights = (part.parameters * quantization.weightBits) / 8;
  const scales = part.parameters * quantization.scaleBytesPerParameter;
  return Math.ceil(weights + scales) + part.matrices * quantization.bytesPerMatrix;
}

/** Bytes of all tensors of a checkpoint. Files are some tens of MB larger by their headers. */
export function checkpointBytes(architecture: Architecture, format: WeightFormat): number {
  return weightParts(architecture).reduce((sum, part) => sum + partBytes(part, format), 0);
}

/** How a format stores what it quantizes, in words: `4 bit + a BF16 scale per 32`. */
export function describeFormat(format: WeightFormat): string {
  return quantizations[format].description;
}

/** Parts that a format quantizes. */
export function isQuantized(part: WeightPart, format: WeightFormat): boolean {
  return quantizations[format].parts.includes(part.name);
}

/** Parameters in the published guide's rule of thumb: one trillion. */
const NOMINAL_PARAMETERS = 1e12;

/**
 * Bytes by the published guide's rule of thumb, parameters x bytes per parameter: nominal, without scales, without the
 * parts that stay in 16 bit.
 */
export function nominalWeightsBytes(format: WeightFormat): number {
  return (NOMINAL_PARAMETERS * quantizations[format].weightBits) / 8;
}
