import {z} from 'zod';
import {err, ok, type Result} from '../../../../shared/result.ts';
import {type ModelProblem, quoteValue} from '../model-problem.ts';
import {type Quantization, WHOLE_SIDE} from '../quantization.ts';
import {type ConfigPart, fieldOf, readFields} from './config-fields.ts';
import {groupSize, ignoreSchema, name, stored, unknownQuantization} from './stored-weights.ts';

const modelOptSchema = z.object({
  quant_algo: name,
  group_size: groupSize.nullish(),
  kv_cache_quant_algo: name.nullish(),
  kv_cache_scheme: z.unknown().optional(),
  exclude_modules: ignoreSchema,
  ignore: ignoreSchema,
});
const MOST_LAYERS = 10_000;
const mixedSchema = z.object({
  quantized_layers: z
    .record(name, z.object({quant_algo: name, group_size: groupSize.nullish()}), {error: 'an object of layers'})
    .refine((layers) => Object.keys(layers).length <= MOST_LAYERS, {error: `at most ${MOST_LAYERS} layers`}),
});

/** How matrices of one kind are stored. */
type Stored = ReturnType<typeof stored>;

/** ModelOpt of NVIDIA, whose list may give each layer its own algorithm. */
export function readModelOpt(part: ConfigPart): Result<Quantization, ModelProblem> {
  const fields = readFields(modelOptSchema, part);
  if (!fields.ok) return fields;
  const {quant_algo, group_size, kv_cache_quant_algo, kv_cache_scheme, exclude_modules, ignore} = fields.value;
  const isFp8 = isFp8Cache(kv_cache_scheme) || kv_cache_quant_algo?.toUpperCase() === 'FP8';
  const cache = isFp8 ? {kvCacheDtype: 'fp8' as const} : {};
  if (quant_algo.toUpperCase() === 'MIXED_PRECISION') {
    const mixed = readMixed(part);
    return mixed.ok ? ok({...mixed.value, ...cache}) : mixed;
  }
  const algorithm = algorithmOf(quant_algo, group_size);
  if (algorithm === undefined) return err(unknownQuantization(part, `quant_algo ${quoteValue(quant_algo)}`));
  return ok({...algorithm, ignore: exclude_modules ?? ignore ?? [], ...cache});
}

/** The type of the KV cache that a checkpoint states: an object of 8 bit float, or its name. */
export function isFp8Cache(scheme: unknown): boolean {
  if (typeof scheme === 'string') return scheme.toUpperCase() === 'FP8';
  return fieldOf(scheme, 'num_bits') === 8 && fieldOf(scheme, 'type') === 'float';
}

/** Weight and activation scale of a matrix are an F32 each. */
function algorithmOf(quantAlgo: string, group: number | null | undefined): Stored | undefined {
  // W4A16_NVFP4 stores the same weights for activations of 16 bit.
  const algorithm = quantAlgo.toUpperCase().replace(/^W4A16_/, '');
  if (algorithm.startsWith('NVFP4')) return stored('nvfp4', 4, {bytes: 1, rows: 1, columns: group ?? 16}, 8);
  if (algorithm === 'FP8_PB_WO') return stored('fp8', 8, {bytes: 4, rows: 128, columns: 128}, 0);
  if (algorithm === 'FP8') return stored('fp8', 8, {bytes: 4, rows: WHOLE_SIDE, columns: WHOLE_SIDE}, 4);
  return algorithm === 'MXFP4' ? stored('mxfp4', 4, {bytes: 1, rows: 1, columns: group ?? 32}, 0) : undefined;
}

/** Every layer that is quantized is listed with its algorithm; the most frequent one of the fewest bits names the format. */
function readMixed(part: ConfigPart): Result<Quantization, ModelProblem> {
  const fields = readFields(mixedSchema, part);
  if (!fields.ok) return fields;
  const kinds = new Map<string, {stored: Stored; names: string[]}>();
  for (const [module, {quant_algo, group_size}] of Object.entries(fields.value.quantized_layers)) {
    const algorithm = algorithmOf(quant_algo, group_size);
    if (algorithm === undefined) return err(unknownQuantization(part, `quant_algo ${quoteValue(quant_algo)}`));
    const key = JSON.stringify(algorithm);
    const kind = kinds.get(key) ?? {stored: algorithm, names: []};
    kind.names.push(module);
    kinds.set(key, kind);
  }
  const [first, ...others] = [...kinds.values()].toSorted((a, b) => a.stored.weightBits - b.stored.weightBits);
  if (first === undefined) return err(unknownQuantization(part, 'MIXED_PRECISION without quantized layers'));
  return ok({
    ...first.stored,
    ignore: [],
    only: first.names,
    others: others.map(({stored: {weightBits, scale, bytesPerMatrix}, names}) => ({
      names,
      weightBits,
      scale,
      bytesPerMatrix,
    })),
  });
}
