import type {Failure} from '../../log/failure-catalog.ts';

/** A text may begin after the cause, or the cause may have a level that is not logged. */
const CAUSE_ABOVE =
  'An error line before this one has the cause. If this text has none, start again with --verbose and give the whole output, stderr included.';

/** What ends llama-server: requests that it does not survive, GPUs, assertions, and lines that follow from them. In order of precedence. */
export const processFailures: readonly Failure[] = [
  {
    code: 'request-broke-grammar',
    curedBy: 'installation',
    words: 'what():  Unexpected empty grammar stack after accepting piece: {',
    pattern: /Unexpected empty grammar stack after accepting piece|Failed to parse grammar\b|Invalid diff: '/,
    details: () => ({
      message: 'One request with tools or structured output ended the server: its grammar could not be followed.',
      remedy:
        'Restarting is safe: the model and the GPUs are not the cause. Install a newer llama.cpp or use another chat template, and keep the request for a bug report.',
    }),
  },
  {
    code: 'embedding-model',
    curedBy: 'arguments',
    words: 'GGML_ASSERT(strcmp(res->name, "result_output") == 0 && "missing result_output tensor") failed',
    pattern: /GGML_ASSERT\([^\n]{0,120}missing result_output tensor/,
    details: () => ({
      message: 'The model only computes embeddings: it has no output that text is generated from.',
      remedy: 'Add --embedding to engine.extraArguments, or set engine.model to a model that generates text.',
    }),
  },
  {
    code: 'template-failed',
    curedBy: 'arguments',
    words: 'the chat template that comes with this model is not yet supported',
    pattern:
      /chat template (?:that comes with this model is not yet supported|parsing error)|[Uu]nable to generate parser for this template/,
    details: () => ({
      message: 'This build of llama.cpp cannot use the chat template of the model.',
      remedy:
        'Add --jinja to engine.extraArguments, give another with --chat-template-file, or install a newer llama.cpp.',
    }),
  },
  {
    code: 'operation-unsupported',
    curedBy: 'arguments',
    words: 'ggml_cuda_graph_evaluate_and_capture: op not supported __fattn__-3 (FLASH_ATTN_EXT)',
    pattern:
      /op not supported \S{0,120} \(([A-Z_0-9]{2,40})\)|Missing op: ([A-Z_0-9]{2,40})|unsupported op '([A-Z_0-9]{2,40})'|in a buffer \(([\w.-]{1,40})\) that cannot run the operation \(([A-Z_0-9]{2,40})\)/,
    details: ([, first, second, third, device, fourth]) => {
      const operation = first ?? second ?? third ?? fourth ?? '';
      return {
        message: `${device === undefined ? 'The GPU backend of this build' : `The backend ${device}`} cannot compute ${operation}, which the model needs here.`,
        remedy: operation.startsWith('FLASH_ATTN')
          ? 'Add --flash-attn off to engine.extraArguments, with an automatic KV cache dtype (a quantized V cache needs flash attention), or use a newer build or another backend.'
          : 'Use a newer build of llama.cpp or another backend, or keep these layers on the CPU (--n-gpu-layers). An automatic KV cache dtype helps if the operation is one of the cache.',
      };
    },
  },
  {
    // Texts of cublasGetStatusString, or the names of older libraries.
    code: 'matrix-product-refused',
    curedBy: 'installation',
    words: 'CUDA error: an unsupported value or parameter was passed to the function',
    pattern:
      /(?:CUDA|ROCm|MUSA) error: (an unsupported value or parameter was passed to the function|the (?:requested )?functionality (?:requested )?is not supported|the function requires a feature absent from the device architecture|C?(?:HIP|CU)?BLAS_STATUS_(?:INVALID_VALUE|NOT_SUPPORTED|ARCH_MISMATCH))/i,
    details: ([, reason]) => ({
      message: `The library for matrix products (cuBLAS) refused a call of llama.cpp: ${reason}.`,
      remedy:
        'It is a case that this build handles wrongly, not the hardware or the memory. Start without what is special, one by one (speculative decoding, a split over cards, a large --ubatch-size), or use another build of llama.cpp.',
    }),
  },
  {
    code: 'kernel-not-launched',
    curedBy: 'installation',
    words: 'CUDA error: invalid configuration argument',
    pattern:
      /\b(?:CUDA|ROCm|MUSA) error: (invalid (?:configuration )?argument|too many resources requested for launch|invalid resource handle)/,
    details: ([, reason]) => ({
      message: `A GPU kernel of llama.cpp could not be launched with the sizes of this batch: ${reason}. The operation is named in a line next to it.`,
      remedy:
        'It is not the hardware. Lower --ubatch-size, start without what is special (speculative decoding, flash attention, another split), or use another build of llama.cpp.',
    }),
  },
  {
    code: 'cuda-error',
    curedBy: 'hardware',
    words: 'CUDA error: an illegal memory access was encountered',
    pattern: /\b(?:CUDA|ROCm|MUSA) error: (.+)|\b(HSA_STATUS_ERROR_\w{1,60})/,
    details: (match) => ({
      message: `A GPU kernel failed: ${match[1] ?? match[2]}.`,
      remedy:
        'Look for an error of the GPU in dmesg -T (an Xid with NVIDIA), then restart. If it happens again, use another build of llama.cpp.',
    }),
  },
  {
    code: 'assertion',
    curedBy: 'installation',
    words: "ggml_new_object: not enough space in the context's memory pool (needed 1024, available 512)",
    pattern:
      /not enough space in the (context's memory pool|scratch memory pool) ?\(needed (\d{1,15}), available (\d{1,15})\)/,
    details: ([, , needed, available]) => ({
      message: `llama.cpp aborted: what it sets apart in host memory to describe a computation is too small (${available} of ${needed} bytes).`,
      remedy:
        'It is an error of this build with these settings, and neither GPU memory nor that of the host: use another build of llama.cpp, and until then start without what is special (speculative decoding, a very long prompt cache).',
    }),
  },
  {
    code: 'assertion',
    curedBy: 'arguments',
    words: '/src/llama.cpp/ggml/src/ggml-cuda/fattn.cu:579: fatal error',
    pattern: /\.(?:cuh?|cpp|c|m|h)(?=:\d)(?<=([\w.-]{1,84})):(\d{1,6}): fatal error$/,
    details: ([, file, line]) => ({
      message: `llama.cpp aborted at ${file}:${line}: its kernels do not have this case.`,
      remedy:
        'Start without what is special about it, one by one: flash attention (--flash-attn off), a quantized KV cache, speculative decoding, another split. Otherwise use a newer build. It is neither the hardware nor the memory.',
    }),
  },
  {
    code: 'assertion',
    curedBy: 'installation',
    words: 'GGML_ASSERT(ne00 == ne02) failed',
    pattern: /GGML_ASSERT\((.{1,200}?)\) failed/,
    details: (match) => ({
      message: `llama.cpp aborted: its assertion ${match[1]} failed.`,
      remedy: 'Remove the extra arguments that may cause it, or install another build of llama.cpp.',
    }),
  },
  {
    code: 'model-load-failed',
    curedBy: 'restart',
    isConsequence: true,
    words: "srv    load_model: failed to load model, '/models/kimi.gguf'",
    pattern: /error loading model: (.{1,300})|failed to load model\b|failed to create_?\s?context with model/,
    details: (match) => ({
      message: `The model was not loaded${match[1] === undefined ? '' : `: ${match[1]}`}.`,
      remedy: CAUSE_ABOVE,
    }),
  },
  {
    code: 'exiting',
    curedBy: 'restart',
    isConsequence: true,
    words: 'main: exiting due to model loading error',
    pattern: /exiting due to (.+)/,
    details: (match) => ({
      message: `llama-server exited: ${match[1]}.`,
      remedy: CAUSE_ABOVE,
    }),
  },
];
