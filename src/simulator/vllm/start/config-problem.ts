import {isKimi, kimi} from '../../node/kimi.ts';
import type {ServeOptions} from '../flags.ts';

/** vLLM's message for an invalid configuration, before anything is started; null if it is valid. */
export function configProblem(options: ServeOptions, visibleGpus: number): string | null {
  const {model, tensorParallelSize: size, maxModelLen} = options;
  if (!isKimi(model)) {
    return `OSError: ${model} is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models' (the simulated engine serves Kimi K2 models only)`;
  }
  if (!options.trustsRemoteCode) {
    return validationError(
      `Failed to load the model config. If the model is a custom model not yet available in the HuggingFace transformers library, consider setting \`trust_remote_code=True\` in LLM or using the \`--trust-remote-code\` flag in the CLI.`,
    );
  }
  if (maxModelLen !== 'auto' && maxModelLen > kimi.maxContextTokens) {
    return validationError(
      `User-specified max_model_len (${maxModelLen}) is greater than the derived max_model_len (max_position_embeddings=${kimi.maxContextTokens} or model_max_length=None in model's config.json). To allow greater max_model_len, set the env var VLLM_ALLOW_LONG_MAX_MODEL_LEN=1.`,
    );
  }
  if (!(options.gpuMemoryUtilization > 0 && options.gpuMemoryUtilization <= 1)) {
    return validationError(`gpu_memory_utilization must be in (0, 1]. Got ${options.gpuMemoryUtilization}.`);
  }
  if (kimi.attentionHeads % size !== 0) {
    return validationError(
      `Total number of attention heads (${kimi.attentionHeads}) must be divisible by tensor parallel size (${size}).`,
    );
  }
  if (size > visibleGpus) {
    return validationError(
      `World size (${size}) is larger than the number of available GPUs (${visibleGpus}) in this node. If this is intentional and you are using:\n- ray, set '--distributed-executor-backend ray'.\n- multiprocessing, set '--nnodes' appropriately.`,
    );
  }
  return null;
}

function validationError(text: string): string {
  return `pydantic_core._pydantic_core.ValidationError: 1 validation error for VllmConfig\n  Value error, ${text} [type=value_error, input_value=ArgsKwargs(()), input_type=ArgsKwargs]`;
}
