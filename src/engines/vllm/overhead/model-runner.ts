import type {Architecture} from '../../../domain/memory/model/architecture.ts';
import {isVersionAtLeast} from '../../launch/engine-version.ts';

/** Classes that the second model runner serves by default before it serves all (`config/vllm.py`), without `ForCausalLM`. */
const firstClasses: readonly {
  readonly since: readonly [number, number];
  readonly names: readonly string[];
  readonly isOnlyPlain: boolean;
}[] = [
  {since: [0, 24], names: ['Qwen3', 'Llama', 'Mistral', 'DeepseekV2', 'Qwen2Moe', 'GraniteMoe'], isOnlyPlain: false},
  {since: [0, 23], names: ['Qwen3', 'Llama', 'Mistral'], isOnlyPlain: true},
  {since: [0, 22], names: ['Qwen3'], isOnlyPlain: true},
];

/**
 * Whether vLLM's second model runner serves a model (`use_v2_model_runner`): all models since 0.29, since 0.25 those without
 * experts and linear attention, before that some classes. What it does not support, such as some ways to speculate,
 * is left out here.
 */
export function usesSecondRunner(
  {name, experts, linearAttention}: Architecture,
  version: string,
  isQuantized: boolean,
): boolean {
  if (isVersionAtLeast(version, [0, 29])) return true;
  if (isVersionAtLeast(version, [0, 25])) {
    return (experts === null && linearAttention === null) || ['DeepseekV2', 'Qwen2Moe', 'GraniteMoe'].includes(name);
  }
  const classes = firstClasses.find(({since}) => isVersionAtLeast(version, since));
  return classes?.names.includes(name) === true && !(classes.isOnlyPlain && isQuantized);
}
