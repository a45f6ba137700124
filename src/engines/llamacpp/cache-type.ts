import type {Architecture} from '../../domain/memory/model/architecture.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {readLlamaOptions} from './extra-arguments.ts';

/** Bytes of a block of 32 values of the types that `--cache-type-k` and `-v` take (`ggml-common.h`; `common/arg.cpp`). */
const blockBytes: Readonly<Partial<Record<string, number>>> = {
  f32: 128,
  f16: 64,
  bf16: 64,
  q8_0: 34,
  q5_1: 24,
  q5_0: 22,
  q4_1: 20,
  q4_0: 18,
  iq4_nl: 18,
};
const BLOCK_VALUES = 32;

/**
 * Bytes of one cached value, and the types: of the setting, or of the extra arguments, which come after it on the command line.
 * Keys and values are equally many; latent attention keeps no values, so that only the type of its keys counts.
 */
export function cacheType(
  settings: LaunchSettings,
  {attention}: Architecture,
): {readonly elementBytes: number; readonly why: string} {
  const usual = settings.kvCacheDtype === 'fp8' ? 'q8_0' : 'f16';
  const options = readLlamaOptions(settings.extraArguments);
  const typeOf = (name: string) => {
    const given = options.findLast((option) => option.name === name)?.value?.toLowerCase() ?? usual;
    return blockBytes[given] === undefined ? usual : given;
  };
  const keys = typeOf('--cache-type-k');
  const values = attention.kind === 'mla' ? keys : typeOf('--cache-type-v');
  const bytes = ((blockBytes[keys] ?? 0) + (blockBytes[values] ?? 0)) / 2;
  const name = keys === values ? keys : `keys ${keys}, values ${values}`;
  const isPlain = [keys, values].every((type) => type === 'f16');
  return {elementBytes: bytes / BLOCK_VALUES, why: isPlain ? name : `${name}, ${bytes} bytes for ${BLOCK_VALUES}`};
}
