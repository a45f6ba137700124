import type {Failure} from '../../log/failure-catalog.ts';

/** Kernels of vLLM that do not take a model, or need more than was set aside for them. In order of precedence. */
export const kernelFailures: readonly Failure[] = [
  {
    code: 'workspace-locked',
    curedBy: 'arguments',
    words:
      "AssertionError: Workspace is locked but allocation for 'scratch' requires 13.50 MB, current size is 10.00 MB.",
    pattern: /Workspace is locked but allocation (?:from|for)(?: '([^'\n]{1,120})')?/,
    details: (match, {isReady}) => ({
      message: `A kernel needed a larger workspace than was measured before CUDA graphs fixed its size${match[1] === undefined ? '' : ` (${match[1]})`}${isReady ? ': a request was longer than any dummy request' : ''}.`,
      remedy:
        'It is a fault of this release: install a newer vLLM. Until then, start without CUDA graphs (--compilation-config \'{"cudagraph_mode": "NONE"}\', or --enforce-eager, in engine.extraArguments), or with another attention backend or KV cache dtype. GPU memory is not the cause.',
    }),
  },
  {
    // The model runner maps host memory into the address space of the GPU; WSL has pinned memory only if it is switched on.
    code: 'host-memory-not-mapped',
    curedBy: 'host',
    words: 'RuntimeError: UVA is not available',
    pattern: /\bUVA is not available/,
    details: () => ({
      message:
        'vLLM cannot map pinned host memory into the GPU here (UVA), which its model runner or offloading needs.',
      remedy:
        'Under WSL, set VLLM_WSL2_ENABLE_PIN_MEMORY=1 in the environment of the engine (kernel 4.19.121 or newer); otherwise set VLLM_USE_V2_MODEL_RUNNER=0, and remove --cpu-offload-gb from engine.extraArguments if it is there. GPU memory is not the cause.',
    }),
  },
  {
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words: 'AssertionError: Sinks are only supported in FlashAttention 3',
    pattern: /[Ss]inks are only supported (?:in|for|by|with|on) ([^\n]{1,60}?)\.?$/,
    details: ([, where]) => ({
      message: `The model has attention sinks (gpt-oss), which this release computes only with ${where?.trim()}: FlashAttention 3 is for Hopper.`,
      remedy:
        'Install a newer vLLM, or choose the Triton backend: --attention-backend TRITON_ATTN in engine.extraArguments (VLLM_ATTENTION_BACKEND=TRITON_ATTN_VLLM_V1 in the first releases with gpt-oss). Memory settings do not help.',
    }),
  },
];
