import {nearestName} from '../../../domain/settings/nearest-name.ts';
import {type Failure, grouped} from '../../log/failure-catalog.ts';
import {lowered} from '../../torch/limit-failures.ts';
import {choicesIn} from '../../torch/release-failures.ts';

/** Settings of vLLM that do not go together, where it states the limit. In order of precedence. */
export const limitFailures: readonly Failure[] = [
  {
    code: 'limit-exceeded',
    curedBy: 'arguments',
    whileServing: 'warning',
    words: 'ValueError: LoRA rank 64 is greater than max_lora_rank 16.',
    pattern: /LoRA rank (\d{1,6}) is greater than max_lora_rank (\d{1,6})/,
    details: ([, rank, limit]) => ({
      message: `An adapter (LoRA) has rank ${rank}, and vLLM was started for at most ${limit}.`,
      remedy: `Add --max-lora-rank ${rank} to engine.extraArguments.`,
    }),
  },
  {
    code: 'invalid-argument',
    curedBy: 'arguments',
    words: "ValueError: Invalid value 'FLASHMLAX' for VLLM_ATTENTION_BACKEND. Valid options: ['FLASHMLA'].",
    pattern: /Invalid value '([^'\n]{1,100})' for (VLLM_\w{1,80})\. Valid options: ([^\n]{1,2000})/,
    details: ([, value = '', variable, list]) => {
      const nearest = nearestName(value, choicesIn(list));
      return {
        message: `The variable ${variable} is ${value}, which this release of vLLM does not know.`,
        remedy: `${nearest === undefined ? 'Use one of the values in the line' : `The nearest value is ${nearest}: correct it`}, or remove the variable.`,
      };
    },
  },
  {
    code: 'limit-exceeded',
    curedBy: 'gpus',
    words: 'ValueError: please set tensor_parallel_size (16) to less than max local gpu count (8)',
    pattern: /please set (tensor_parallel_size) \((\d+)\) to less than (max local gpu count) \((\d+)\)/,
    details: ([, name = '', present, , limit]) => lowered(name, present, limit, 'the number of GPUs of this node'),
  },
  {
    code: 'limit-exceeded',
    curedBy: 'arguments',
    words: 'ValueError: max_num_batched_tokens (2048) must be greater than or equal to max_num_seqs (4096).',
    pattern: /\bmax_num_batched_tokens \((\d+)\) must be greater than or equal to (max_num_seqs) \((\d+)\)/,
    details: ([, limit, name = '', present]) => lowered(name, present, limit, 'max_num_batched_tokens'),
  },
  {
    code: 'limit-exceeded',
    curedBy: 'arguments',
    words: 'ValueError: max_num_batched_tokens (2048) is smaller than max_model_len (4096).',
    pattern: /\bmax_num_batched_tokens \((\d+)\) is smaller than max_model_len \((\d+)\)/,
    details: ([, batched, context]) => ({
      message: `The context of ${grouped(context)} tokens is longer than --max-num-batched-tokens (${grouped(batched)}), and prompts are not processed in chunks.`,
      remedy: `Add --max-num-batched-tokens ${context} or --enable-chunked-prefill to engine.extraArguments, or restart with a context of ${grouped(batched)}.`,
      settingsChange: {contextLengthTokens: Number(batched)},
    }),
  },
  {
    code: 'limit-exceeded',
    curedBy: 'arguments',
    words: 'max_num_scheduled_tokens is set to -1792, which does not allow any tokens to be scheduled',
    pattern: /\bmax_num_scheduled_tokens is set to -?\d{1,9}, which does not allow any tokens/,
    details: () => ({
      message:
        'Speculative tokens of all running requests take more than --max-num-batched-tokens, and leave nothing for others.',
      remedy:
        'Raise --max-num-batched-tokens in engine.extraArguments above the running requests times the speculative tokens, restart with fewer running requests, or lower num_speculative_tokens.',
    }),
  },
];
