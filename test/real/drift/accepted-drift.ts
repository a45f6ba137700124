import type {Difference} from './find-drift.ts';

/** Differences that are accepted, each kind with its reason. */
type Accepted = {
  readonly engine: string;
  /** Which of the two has it. */
  readonly only: 'engine' | 'simulator';
  readonly what: RegExp;
  readonly reason: string;
};

const NO_GPU = 'the engine has no GPU here, and the simulator has';

const accepted: readonly Accepted[] = [
  {
    engine: 'vllm',
    only: 'simulator',
    what: /^Capturing CUDA graphs|Graph capturing|CUDA graph memory/,
    reason: 'CUDA graphs: the engine has no GPU here',
  },
  {
    engine: 'vllm',
    only: 'simulator',
    what: /Dynamo|torch\.compile|Initial profiling|\(compilation:/,
    reason: 'compilation: the engine is started with --enforce-eager here',
  },
  {engine: 'vllm', only: 'engine', what: /init engine \(profile/, reason: 'without compilation: --enforce-eager'},
  {
    engine: 'vllm',
    only: 'simulator',
    what: /\[gpu_(?:model_runner|worker)\.py\]|GPU KV cache size/,
    reason: NO_GPU,
  },
  {
    engine: 'vllm',
    only: 'engine',
    what: /\[cpu_(?:model_runner|worker)\.py\]|CPU KV cache size/,
    reason: `${NO_GPU}: its workers have lines of their own`,
  },
  {
    engine: 'vllm',
    only: 'simulator',
    what: /\[api_server\.py\] Starting vLLM server/,
    reason: 'version 0.28, which is simulated, has the line in another file; Gantry reads the text',
  },
  {
    engine: 'vllm',
    only: 'engine',
    what: /\[entry\.py\] Starting vLLM server/,
    reason: 'version 0.32 has the line in another file than 0.28, which is simulated; Gantry reads the text',
  },
  {
    engine: 'vllm',
    only: 'simulator',
    what: /Resolved architecture: Kimi/,
    reason: 'the simulator serves Kimi K2.7, the engine a tiny Llama',
  },
  {
    engine: 'vllm',
    only: 'engine',
    what: /Resolved architecture: Llama/,
    reason: 'the simulator serves Kimi K2.7, the engine a tiny Llama',
  },
  {
    engine: 'vllm',
    only: 'engine',
    what: /Worker proc .* died unexpectedly/,
    reason:
      'after a failed start, from a worker that ends late; logs of the same failure on GPUs (0.25.1) do not have it',
  },
  {
    engine: 'vllm',
    only: 'engine',
    what: /User-specified max_model_len|ValidationError: N validation errors? for ModelConfig/,
    reason: 'only the engine is started with a context that its model does not have',
  },
  {
    engine: 'vllm',
    only: 'engine',
    what: /\[loggers\.py\] Engine N: Avg prompt/,
    reason: 'written every ten seconds: the simulator is not run for that long',
  },
  {
    engine: 'llamacpp',
    only: 'simulator',
    what: /cuda|CUDA|layers to GPU/,
    reason: NO_GPU,
  },
  {
    engine: 'llamacpp',
    only: 'engine',
    what: /CPU KV buffer|no usable GPU/,
    reason: `${NO_GPU}: it computes on the CPU`,
  },
  {
    engine: 'llamacpp',
    only: 'engine',
    what: /insufficient memory|failed to allocate (?:CPU )?buffer/,
    reason: `${NO_GPU}: its cache is in host memory, and the failure is that of its allocation`,
  },
  {
    engine: 'llamacpp',
    only: 'engine',
    what: /cannot meet free memory target of|failed to fit params .*unable to fit/,
    reason: `${NO_GPU}: what is fitted is the memory of the host`,
  },
  {
    engine: 'llamacpp',
    only: 'simulator',
    what: /cannot meet free memory targets on all devices|n_gpu_layers already set/,
    reason: NO_GPU,
  },
  {
    engine: 'llamacpp',
    only: 'engine',
    what: /exceeds the training context/,
    reason: 'only the engine is started with a context that its model does not have',
  },
];

/** Why this difference is accepted; null for one that nobody has looked at. */
export function reasonOf(engineName: string, {kind, real, simulated}: Difference): string | null {
  if (kind !== 'line') return null;
  const [only, text] = real === '-' ? (['simulator', simulated] as const) : (['engine', real] as const);
  return accepted.find((one) => one.engine === engineName && one.only === only && one.what.test(text))?.reason ?? null;
}
