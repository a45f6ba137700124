import {z} from 'zod';
import {err, ok, type Result} from '../../../../shared/result.ts';
import {type ModelProblem, quoteValue} from '../model-problem.ts';
import {isReadable, publishedQuantization, type Quantization, WHOLE_SIDE} from '../quantization.ts';
import {brokenConfig, type ConfigPart, fieldOf, readFields, wholeNumber} from './config-fields.ts';
import {isFp8Cache, readModelOpt} from './modelopt-config.ts';
import {groupSize, ignoreSchema, name, stored, unknownQuantization} from './stored-weights.ts';

/** How many entries may have repetitions. */
const mostRepeating: readonly (readonly [repetitions: number, entries: number])[] = [
  [1, 1000],
  [2, 200],
  [3, 8],
  [5, 0],
];
const blockSize = z.tuple([groupSize, groupSize], {error: 'two block sizes such as [128, 128]'});

const methodSchema = z.object({quant_method: name.nullish(), quant_algo: name.nullish()});
type Method = z.infer<typeof methodSchema>;

const scheme = z.object({
  num_bits: wholeNumber(1, 16),
  type: name.nullish(),
  strategy: name.nullish(),
  group_size: groupSize.nullish().or(z.literal(-1)),
  block_structure: blockSize.nullish(),
  symmetric: z.boolean({error: 'true or false'}).nullish(),
});
const groupSchema = z.object({
  targets: z.array(name, {error: 'a list of targets'}).nullish(),
  weights: scheme.nullish(),
  format: name.nullish(),
});
const compressedSchema = z.object({
  format: name.nullish(),
  ignore: ignoreSchema,
  kv_cache_scheme: z.unknown().optional(),
  config_groups: z.record(z.string(), groupSchema, {error: 'an object of groups'}),
});

const fp8Schema = z.object({
  weight_block_size: blockSize.nullish(),
  activation_scheme: name.nullish(),
  modules_to_not_convert: ignoreSchema,
  ignored_layers: ignoreSchema,
});

const quarkSchema = z.object({
  global_quant_config: z.object({
    weight: z.object({
      dtype: name,
      qscheme: name.nullish(),
      group_size: groupSize.nullish(),
    }),
  }),
  exclude: ignoreSchema,
});

const groupedIntegerSchema = z.object({
  bits: wholeNumber(1, 16),
  group_size: groupSize.nullish().or(z.literal(-1)),
  modules_to_not_convert: ignoreSchema,
});

const nothingIgnored = z.object({modules_to_not_convert: ignoreSchema});

/** Readers by the method's name; each takes the object that holds it. */
const readers: Readonly<Record<string, (part: ConfigPart) => Result<Quantization, ModelProblem>>> = {
  'compressed-tensors': readCompressedTensors,
  fp8: readFp8,
  modelopt: readModelOpt,
  modelopt_fp4: readModelOpt,
  quark: readQuark,
  mxfp4: readMxfp4,
  awq: readGroupedInteger,
  gptq: readGroupedInteger,
};

/**
 * How a checkpoint stores its linear layers, from `quantization_config` of its `config.json`, or from
 * `hf_quant_config.json` of ModelOpt. Its list of 16-bit modules is used unchanged.
 */
export function readQuantizationConfig(part: ConfigPart): Result<Quantization, ModelProblem> {
  const method = readFields(methodSchema, part);
  if (!method.ok) return method;
  const id = methodName(method.value);
  const read = Object.hasOwn(readers, id) ? readers[id] : undefined;
  if (read === undefined) return err(unknownQuantization(part, `quant_method ${quoteValue(id)}`));
  const quantization = read(part);
  if (!quantization.ok) return quantization;
  const slow = slowEntry(quantization.value.ignore);
  if (slow === undefined) {
    const unread = quantization.value.ignore.find((entry) => !isReadable(entry));
    // Without it, modules that stay in 16 bit would count as quantized: the plan would be too small.
    return unread === undefined ? quantization : err(unknownQuantization(part, `the pattern ${quoteValue(unread)}`));
  }
  return err(
    brokenConfig(part.place, `${part.path.join('.')} ignores ${quoteValue(slow)}, expected a few simple patterns`),
  );
}

/** Without quantization: every weight has the type in which the model is published. */
export function readPlainType(dtype: unknown, place: string): Result<Quantization, ModelProblem> {
  const known = dtype === undefined || dtype === 'bfloat16' || dtype === 'float16' || dtype === 'auto';
  if (known) return ok(publishedQuantization('bf16'));
  return err(unknownQuantization({value: undefined, place, path: []}, `weights of type ${quoteValue(dtype)}`));
}

function methodName({quant_method, quant_algo}: Method): string {
  if (quant_method !== undefined && quant_method !== null) return quant_method.toLowerCase();
  return quant_algo === undefined || quant_algo === null ? '' : 'modelopt';
}

function readCompressedTensors(part: ConfigPart): Result<Quantization, ModelProblem> {
  const fields = readFields(compressedSchema, part);
  if (!fields.ok) return fields;
  const groups = Object.values(fields.value.config_groups);
  const [group] = groups;
  if (group?.weights === undefined || group.weights === null) {
    return err(unknownQuantization(part, 'compressed-tensors without a weight group'));
  }
  const {weights} = group;
  if (groups.some((other) => JSON.stringify(other.weights) !== JSON.stringify(weights))) {
    return err(unknownQuantization(part, 'compressed-tensors with groups of different weights'));
  }
  const targets = groups.flatMap((other) => other.targets ?? ['Linear']);
  if (!targets.includes('Linear')) {
    return err(unknownQuantization(part, `compressed-tensors for ${quoteValue(targets[0])} instead of Linear`));
  }
  const format = group.format ?? fields.value.format ?? '';
  const quantization = compressedScheme(format, weights);
  if (quantization === undefined) {
    return err(
      unknownQuantization(part, `compressed-tensors of ${weights.num_bits} bit, format ${quoteValue(format)}`),
    );
  }
  // vLLM and SGLang take the scheme for a cache of type `auto` (`attention.py`; `compressed_tensors.py`, kv_cache_quant_algo).
  const cache = isFp8Cache(fields.value.kv_cache_scheme) ? {kvCacheDtype: 'fp8' as const} : {};
  return ok({...quantization, ignore: fields.value.ignore ?? [], ...cache});
}

function compressedScheme(format: string, weights: z.infer<typeof scheme>): Omit<Quantization, 'ignore'> | undefined {
  const {num_bits: bits, type, strategy, group_size: group, block_structure: block, symmetric} = weights;
  if (bits === 4 && type === 'float') {
    // NVFP4: an FP8 scale a group and two F32 scalars a matrix. MXFP4: an 8-bit exponent a group.
    const columns = group !== undefined && group !== null && group > 0 ? group : format.startsWith('mxfp4') ? 32 : 16;
    const isMx = format.startsWith('mxfp4');
    return stored(isMx ? 'mxfp4' : 'nvfp4', 4, {bytes: 1, rows: 1, columns}, isMx ? 0 : 8);
  }
  if (bits === 4) {
    const columns = group !== undefined && group !== null && group > 0 ? group : WHOLE_SIDE;
    // Asymmetric groups keep a packed zero point each; `weight_shape` is two I32.
    return stored('int4', 4, {bytes: symmetric === false ? 2.5 : 2, rows: 1, columns}, 8);
  }
  if (bits !== 8 || type !== 'float') return undefined;
  if (strategy === 'block' && block !== undefined && block !== null) {
    return stored('fp8', 8, {bytes: 2, rows: block[0], columns: block[1]}, 0);
  }
  const rows = strategy === 'channel' ? 1 : WHOLE_SIDE;
  return stored('fp8', 8, {bytes: 2, rows, columns: WHOLE_SIDE}, 0);
}

function readFp8(part: ConfigPart): Result<Quantization, ModelProblem> {
  const fields = readFields(fp8Schema, part);
  if (!fields.ok) return fields;
  const {weight_block_size: block, activation_scheme, modules_to_not_convert, ignored_layers} = fields.value;
  const [rows, columns] = block ?? [WHOLE_SIDE, WHOLE_SIDE];
  const ignore = modules_to_not_convert ?? ignored_layers ?? [];
  return ok({
    // A static activation scale is one F32 a matrix.
    ...stored('fp8', 8, {bytes: 4, rows, columns}, activation_scheme === 'static' ? 4 : 0),
    // The method never quantizes the output head, whatever the list says.
    ignore: ignore.includes('lm_head') ? ignore : [...ignore, 'lm_head'],
  });
}

function readQuark(part: ConfigPart): Result<Quantization, ModelProblem> {
  const fields = readFields(quarkSchema, part);
  if (!fields.ok) return fields;
  const {weight} = fields.value.global_quant_config;
  const byLayer = fieldOf(part.value, 'layer_quant_config');
  if (typeof byLayer === 'object' && byLayer !== null && Object.keys(byLayer).length > 0) {
    return err(unknownQuantization(part, 'quark with layers of different formats'));
  }
  const ignored = {ignore: fields.value.exclude ?? []};
  if (weight.dtype === 'fp4') {
    return ok({...stored('mxfp4', 4, {bytes: 1, rows: 1, columns: weight.group_size ?? 32}, 0), ...ignored});
  }
  if (weight.dtype.startsWith('fp8')) {
    const rows = weight.qscheme === 'per_channel' ? 1 : WHOLE_SIDE;
    return ok({...stored('fp8', 8, {bytes: 4, rows, columns: WHOLE_SIDE}, 0), ...ignored});
  }
  return err(unknownQuantization(part, `quark weights of type ${quoteValue(weight.dtype)}`));
}

function readMxfp4(part: ConfigPart): Result<Quantization, ModelProblem> {
  const fields = readFields(nothingIgnored, part);
  if (!fields.ok) return fields;
  return ok({
    ...stored('mxfp4', 4, {bytes: 1, rows: 1, columns: 32}, 0),
    ignore: fields.value.modules_to_not_convert ?? [],
  });
}

/** AWQ and GPTQ: an F16 scale and a packed zero point a group; neither quantizes the output head. */
function readGroupedInteger(part: ConfigPart): Result<Quantization, ModelProblem> {
  const fields = readFields(groupedIntegerSchema, part);
  if (!fields.ok) return fields;
  const {bits, group_size: group, modules_to_not_convert} = fields.value;
  if (bits !== 4) return err(unknownQuantization(part, `integer weights of ${bits} bit`));
  const columns = group !== undefined && group !== null && group > 0 ? group : WHOLE_SIDE;
  return ok({
    ...stored('int4', 4, {bytes: 2.5, rows: 1, columns}, 0),
    ignore: [...(modules_to_not_convert ?? []), 'lm_head'],
  });
}

/**
 * The first entry of a list that would make matching slow; undefined for any published list. The list comes from
 * untrusted files: a regular expression that repeats a group takes exponential time, and several repetitions in a
 * row take polynomial time of high degree.
 */
function slowEntry(ignore: readonly string[]): string | undefined {
  const seen = mostRepeating.map(() => 0);
  return ignore.find((entry) => {
    const isExpression = entry.startsWith('re:');
    const repetitions = entry.match(isExpression ? /[*+{]/g : /\*/g)?.length ?? 0;
    const isOneTooMany = mostRepeating.some(([least, most], index) => {
      if (repetitions < least) return false;
      seen[index] = (seen[index] ?? 0) + 1;
      return (seen[index] ?? 0) > most;
    });
    return isOneTooMany || (isExpression && /\)[*+{]/.test(entry));
  });
}
