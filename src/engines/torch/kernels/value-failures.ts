import type {TorchFailure} from '../torch-engine.ts';

const NOT_FINITE_REMEDY =
  'Restart: neither memory nor the host is the cause. Usually a kernel for FP4 or FP8 products or attention has a fault on these GPUs, or FP16 is used for a model that needs BF16. Choose another backend for them in engine.extraArguments, try without speculative decoding and with --dtype bfloat16, then another release; after a change of FlashInfer delete its kernels (rm -r ~/.cache/flashinfer).';

/** What kernels compute, and the layout of the cache that they need. In order of precedence. */
export const valueFailures: readonly TorchFailure[] = [
  {
    code: 'values-not-finite',
    curedBy: 'arguments',
    words: 'RuntimeError: probability tensor contains either `inf`, `nan` or element < 0',
    pattern:
      /(?:Error|[Aa]ssertion)\b[^\n]{0,80}(?:probability tensor contains either|(?:NaN|nan|Inf|inf)(?: values?)?(?: detected)? in (?:the )?(?:logits|probabilities|probs|hidden[ _]states|output)|(?:logits|probs|probabilities) (?:contains?|have|has) (?:NaN|nan|Inf|inf))/,
    details: (_match, {isReady}) => ({
      message: `The model computed values that are not finite numbers${isReady ? ' for a request' : ''}: no token can be drawn from them.`,
      remedy: NOT_FINITE_REMEDY,
    }),
  },
  {
    code: 'values-not-finite',
    curedBy: 'arguments',
    severity: 'warning',
    words: 'Detected errors during sampling! NaN in the logits.',
    pattern: /Detected errors during sampling! NaN in the logits/,
    details: () => ({
      message:
        'The model computed values that are not finite numbers: they were replaced, and the answers may be nonsense.',
      remedy: NOT_FINITE_REMEDY,
    }),
  },
  {
    code: 'index-out-of-range',
    curedBy: 'installation',
    words: 'Assertion `-sizes[i] <= index && index < sizes[i] && "index out of bounds"` failed.',
    pattern:
      /(?:index out of bounds"?|srcIndex < srcSelectDimSize|vectorized_gather_kernel|ind >= 0 && ind < ind_dim_size|t >= 0 && t < n_classes)[^\n`']{0,60}[`'] failed/,
    details: (_match, _context, {displayName}) => ({
      message: 'A GPU kernel read or wrote beyond a table, such as a token beyond the vocabulary.',
      remedy: `Restart: neither the GPU nor its memory is the cause. Check that tokenizer, draft model and model belong together, and that no prompt is longer than the model allows; otherwise use another version of ${displayName}. CUDA_LAUNCH_BLOCKING=1 shows the place.`,
    }),
  },
  {
    // Pages of the KV cache have the size that the kernel was written for.
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words: 'ValueError: FlashMLA only supports page size 64, change page_size from 1',
    pattern:
      /(?:Error|Exception)\b[^\n]{0,12}: ?(?:The )?([\w-]{2,40}(?: [\w-]{2,20}){0,3}?) (?:only supports?|requires|currently supports?|supports only) (?:a )?(page|block)[_ ]size ?(?:of |== ?|= ?|: ?)?(\d{1,4})(?:,? or (\d{1,4}))?/i,
    details: ([, backend, kind, size, other], _context, {ownSettings: {pageSize}}) => ({
      message: `${backend} needs a KV cache in ${kind === 'block' ? 'blocks' : 'pages'} of ${size}${other === undefined ? '' : ` or ${other}`} tokens.`,
      remedy: `${pageSize === null ? `Set the ${kind} size of the KV cache to ${size}` : `Add ${pageSize} ${size} to engine.extraArguments`}, or choose another --attention-backend. It is not a matter of memory.`,
    }),
  },
];
