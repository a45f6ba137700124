import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';

/**
 * The settings with tensor parallelism over as many GPUs as engines can use: the largest power of two that
 * divides the attention heads and leaves enough GPUs for pipeline stages and replicas.
 */
export function spreadSettings(settings: LaunchSettings, gpuCount: number, attentionHeads: number): LaunchSettings {
  const {pipelineParallelSize, dataParallelSize, engine} = settings;
  // Replicas of vLLM use GPUs of their own; those of SGLang share the tensor-parallel ones.
  const cards = gpuCount / (pipelineParallelSize * (engine === 'vllm' ? dataParallelSize : 1));
  let ranks = 1;
  while (ranks * 2 <= cards && attentionHeads % (ranks * 2) === 0) ranks *= 2;
  return {...settings, tensorParallelSize: ranks};
}
