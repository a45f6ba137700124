import {z} from 'zod';
import {matchesWildcard} from '../../../shared/wildcard.ts';
import {compileNamePattern} from './name-pattern.ts';

/** Checkpoint formats that the planner can size. */
export const weightFormats = ['int4', 'nvfp4', 'mxfp4', 'fp8', 'bf16'] as const;
export type WeightFormat = (typeof weightFormats)[number];

const storedFields = {
  weightBits: z.number().positive(),
  /** Bytes of one scale and the parameters it covers, along the input of a matrix; null if there is none. */
  scale: z
    .strictObject({bytes: z.number().positive(), rows: z.int().positive(), columns: z.int().positive()})
    .nullable(),
  /** Bytes stored per matrix in addition to weights and scales. */
  bytesPerMatrix: z.int().nonnegative(),
};

/** How a checkpoint stores the linear layers that it quantizes; everything else stays in 16 bit. */
export const quantizationSchema = z.strictObject({
  format: z.enum(weightFormats),
  ...storedFields,
  /**
   * Names of modules that stay in 16 bit, as the checkpoint's own configuration lists them: a whole name, the end of
   * one, a pattern with `*`, or a regular expression after `re:`.
   */
  ignore: z.array(z.string()),
  /** The only modules stored in this way; absent: all that are not ignored. */
  only: z.array(z.string()).optional(),
  /** Modules stored in other ways. */
  others: z.array(z.strictObject({names: z.array(z.string()), ...storedFields})).optional(),
  /** The type of the KV cache that the checkpoint states; absent: that of the model. */
  kvCacheDtype: z.literal('fp8').optional(),
});
export type Quantization = z.infer<typeof quantizationSchema>;
/** How the matrices of some modules are stored. */
export type StoredMatrices = Pick<Quantization, 'weightBits' | 'scale' | 'bytesPerMatrix'>;

/** A block side that spans the whole matrix. */
export const WHOLE_SIDE = 2 ** 30;

/** True for a format name with a known size. */
export function isWeightFormat(format: string): format is WeightFormat {
  return weightFormats.some((known) => known === format);
}

/** Modules that no format quantizes in the DeepSeek V3 family: only the routed experts are quantized. */
const ALL_BUT_ROUTED_EXPERTS = [
  'lm_head',
  're:.*self_attn.*',
  're:.*shared_experts.*',
  're:.*mlp\\.(gate|up|gate_up|down)_proj.*',
] as const;

const formats: Readonly<Record<WeightFormat, Quantization>> = {
  // compressed-tensors, pack-quantized: a BF16 scale per 32, an I32[2] shape a matrix; Moonshot's own ignore list.
  int4: quantization('int4', 4, {bytes: 2, rows: 1, columns: 32}, 8, ALL_BUT_ROUTED_EXPERTS),
  // NVIDIA's repacks: an FP8 scale per 16, two F32 scalars a matrix, and an FP8 cache.
  nvfp4: {
    ...quantization('nvfp4', 4, {bytes: 1, rows: 1, columns: 16}, 8, ALL_BUT_ROUTED_EXPERTS),
    kvCacheDtype: 'fp8',
  },
  // AMD Quark: an 8-bit exponent per 32; shared experts and the dense layer too.
  mxfp4: quantization('mxfp4', 4, {bytes: 1, rows: 1, columns: 32}, 0, ['lm_head', 're:.*self_attn.*']),
  // Blocks of 128x128 with an F32 scale, as Kimi K2 Instruct was published; there is no official one for K2.5 to K2.7.
  fp8: quantization('fp8', 8, {bytes: 4, rows: 128, columns: 128}, 0, ['lm_head']),
  bf16: quantization('bf16', 16, null, 0, []),
};

function quantization(
  format: WeightFormat,
  weightBits: number,
  scale: Quantization['scale'],
  bytesPerMatrix: number,
  ignore: readonly string[],
): Quantization {
  return {format, weightBits, scale, bytesPerMatrix, ignore: [...ignore]};
}

/** How published checkpoints of the family store their weights in this format. */
export function publishedQuantization(format: WeightFormat): Quantization {
  return formats[format];
}

/** How a format stores quantized weights, as text: `4 bit + a 16-bit scale per 32`. */
export function describeQuantization({weightBits, scale}: Quantization): string {
  if (scale === null) return `${weightBits} bit`;
  const bits = scale.bytes * 8;
  return `${weightBits} bit + ${bits === 8 ? 'an' : 'a'} ${bits}-bit scale per ${groupText(scale)}`;
}

function groupText({rows, columns}: NonNullable<Quantization['scale']>): string {
  if (columns >= WHOLE_SIDE) return rows >= WHOLE_SIDE ? 'matrix' : 'row';
  return rows === 1 ? String(columns) : `${rows}x${columns}`;
}

/**
 * A test for module names that the list leaves in 16 bit. `re:` is a regular expression that must match from the start
 * of the name (compressed-tensors); a name with `*` matches as a file pattern (ModelOpt), any other as it is, and both
 * a module with all below it. A prefix such as `language_model.` that only one of the two has is ignored, as in engines.
 */
export function ignoreMatcher(ignore: readonly string[]): (module: string) => boolean {
  const isPattern = (entry: string): boolean => entry.startsWith('re:') || entry.includes('*');
  const names = new Set(ignore.filter((entry) => !isPattern(entry)).map(withoutPrefix));
  const patterns = ignore
    .filter(isPattern)
    .map((entry) => (entry.startsWith('re:') ? startPattern(entry.slice(3)) : wholePattern(withoutPrefix(entry))));
  return (module) => {
    const bare = withoutPrefix(module);
    const above = ancestors(bare);
    return above.some((name) => names.has(name)) || patterns.some((test) => test(module) || above.some(test));
  };
}

/** A module's name and the names of its parents: `a.b.c`, `a.b`, `a`. */
function ancestors(module: string): readonly string[] {
  const words = module.split('.');
  return words.map((_, index) => words.slice(0, index + 1).join('.'));
}

function withoutPrefix(name: string): string {
  return name.replace(/^(?:model\.)?(?:language_model\.)?(?:model\.)?/, '');
}

/** True for an entry of an ignore list that is understood: Python's expressions have forms that are not read here. */
export function isReadable(entry: string): boolean {
  return !entry.startsWith('re:') || compileNamePattern(entry.slice(3)) !== null;
}

/** What is not readable matches nothing: `isReadable` says so before a plan is made. */
function startPattern(source: string): (module: string) => boolean {
  return compileNamePattern(source) ?? (() => false);
}

function wholePattern(glob: string): (module: string) => boolean {
  return (module) => matchesWildcard(glob, module);
}
