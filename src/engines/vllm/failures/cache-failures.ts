import type {LogContext} from '../../engine.ts';
import type {Failure, FailureDetails} from '../../log/failure-catalog.ts';

/** KV caches of hybrid models and connectors, and what workers say about the cache. In order of precedence. */
export const cacheFailures: readonly Failure[] = [
  {
    code: 'connector-needs-one-cache',
    curedBy: 'arguments',
    words: 'ValueError: Connector OffloadingConnector does not support HMA but HMA is enabled.',
    pattern: /Connector (\w{1,80}) does not support HMA but HMA is enabled/,
    details: ([, connector]) => ({
      message: `The KV connector ${connector} needs one kind of KV cache, and the hybrid KV cache manager is on.`,
      remedy:
        'Add --disable-hybrid-kv-cache-manager to engine.extraArguments, or use a newer vLLM or connector that supports both. A model with Mamba or linear attention needs the latter.',
    }),
  },
  {
    code: 'connector-needs-hybrid',
    curedBy: 'installation',
    words:
      'ValueError: Hybrid KV cache manager is disabled but failed to convert the KV cache specs to one unified type.',
    pattern: /failed to convert the KV cache specs to one unified type/,
    details: () => ({
      message:
        'The model has several kinds of KV cache, and the hybrid KV cache manager is off: a KV connector or an option turned it off.',
      remedy:
        'Start without the KV connector (--kv-transfer-config, --kv-offloading-size), or with a newer vLLM whose connector supports hybrid models.',
    }),
  },
  {
    // Also by the line of code, where the assertion itself says nothing.
    code: 'cache-pages-differ',
    curedBy: 'installation',
    words: 'assert new_spec.page_size_bytes == max_page_size',
    pattern:
      /assert \w{1,40}\.page_size_bytes == max_page_size|page size is not divisible by the maximum page size|mixed page sizes \(|page size of the layer is not divisible/,
    details: () => ({
      message:
        'The kinds of KV cache of this model (attention, sliding window, Mamba or a draft) have pages that vLLM cannot bring to one size.',
      remedy:
        'It is the combination of model and settings: start without speculative decoding, with an automatic KV cache dtype and without --block-size; otherwise use another release of vLLM (of a build from main, the last release). Memory settings do not help.',
    }),
  },
  {
    code: 'kv-quantization-unsupported',
    curedBy: 'arguments',
    words: 'ValueError: FP8 KV cache is not supported with this attention backend.',
    pattern: /(?:[Ff][Pp]8 KV cache|kv_cache_dtype=?\S{0,20}|KV cache dtype \S{1,20}) (?:is )?not supported/,
    details: () => ({
      message: 'The attention kernel for this model and GPU does not support the KV cache dtype.',
      remedy: 'Restart with an automatic KV cache dtype: it takes more memory, so check gantry plan first.',
      settingsChange: {kvCacheDtype: 'auto'},
    }),
  },
];

/** A CPU backend has its own setting for the cache: vLLM's message names the one for GPUs. */
export function noCacheMemory({facts}: LogContext): FailureDetails {
  if (facts.cpuMemoryBytes !== undefined) {
    return {
      message: 'The KV cache has no memory: on a CPU, VLLM_CPU_KVCACHE_SPACE sets its size.',
      remedy: 'Set VLLM_CPU_KVCACHE_SPACE to some GiB (or unset it, for a part of the memory). No GPU is involved.',
      curedBy: 'arguments',
    };
  }
  return {
    message: 'Weights and activations leave no memory for the KV cache.',
    remedy: 'Raise the memory fraction (lowering it makes this worse), or use more GPUs or a smaller model.',
  };
}
