import {z} from 'zod';
import type {ModelProblem} from '../model-problem.ts';
import type {Quantization, WeightFormat} from '../quantization.ts';
import {type ConfigPart, wholeNumber} from './config-fields.ts';

/** Published lists have a few hundred modules, some as patterns; every entry is tried on every module. */
const MOST_IGNORED_MODULES = 10_000;
/** A name in a quantization's configuration. */
export const name = z.string({error: 'a name'}).max(200, {error: 'a name'});
/** Modules that stay in 16 bit. */
export const ignoreSchema = z
  .array(z.string({error: 'the name or pattern of a module'}).max(500, {error: 'a name of at most 500 characters'}), {
    error: 'a list of module names',
  })
  .max(MOST_IGNORED_MODULES, {error: `a list of at most ${MOST_IGNORED_MODULES} module names`})
  .nullish();
/** Parameters with one scale, along a side of a matrix. */
export const groupSize = wholeNumber(1, 65_536);
/** How a format stores its matrices. */
export function stored(
  format: WeightFormat,
  weightBits: number,
  scale: NonNullable<Quantization['scale']>,
  bytesPerMatrix: number,
): Omit<Quantization, 'ignore'> {
  return {format, weightBits, scale, bytesPerMatrix};
}

/** A storage method whose size cannot be computed. */
export function unknownQuantization({place, path}: ConfigPart, what: string): ModelProblem {
  const where = path.length === 0 ? place : `${place}: ${path.join('.')}`;
  return {
    code: 'memory.unknown-quantization',
    message: `${where} has ${what}, which Gantry cannot size.`,
    remedy:
      'Supported: compressed-tensors (INT4, FP8, NVFP4, MXFP4), fp8, modelopt (NVFP4, FP8), quark (MXFP4, FP8), mxfp4, ' +
      'awq and gptq of 4 bit, and no quantization in bfloat16 or float16.',
  };
}
