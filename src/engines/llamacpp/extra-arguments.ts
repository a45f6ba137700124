import {type ExtraOption, readExtraOptions} from '../launch/extra-options.ts';

/** llama-server's short and alternative forms of options that Gantry's settings or defaults cover (`common/arg.cpp`). */
const longNames: Readonly<Partial<Record<string, string>>> = {
  '-m': '--model',
  '-hf': '--hf-repo',
  '-hfr': '--hf-repo',
  '-c': '--ctx-size',
  '-np': '--parallel',
  '-kvu': '--kv-unified',
  '-ngl': '--n-gpu-layers',
  '--gpu-layers': '--n-gpu-layers',
  '-cmoe': '--cpu-moe',
  '-ncmoe': '--n-cpu-moe',
  '-ot': '--override-tensor',
  '-sm': '--split-mode',
  '-ts': '--tensor-split',
  '-ctk': '--cache-type-k',
  '-ctv': '--cache-type-v',
  '-a': '--alias',
  '-lv': '--log-verbosity',
  '--verbosity': '--log-verbosity',
  '-v': '--log-verbosity',
  '--verbose': '--log-verbosity',
  '-fa': '--flash-attn',
  '-hft': '--hf-token',
};

/** The options in the extra arguments for llama-server, by their long names. */
export function readLlamaOptions(argv: readonly string[]): readonly ExtraOption[] {
  return readExtraOptions(argv, longNames);
}
