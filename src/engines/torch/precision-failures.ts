import type {TorchFailure} from './torch-engine.ts';

/** Number formats that a generation of GPUs does not compute with. In order of precedence. */
export const precisionFailures: readonly TorchFailure[] = [
  {
    code: 'format-unsupported',
    curedBy: 'hardware',
    words:
      "ValueError(\"type fp8e4nv not supported in this architecture. The supported fp8 dtypes are ('fp8e4b15', 'fp8e5')\")",
    pattern:
      /type fp8e4nv not supported in this architecture|_scaled_mm is only supported on (?:CUDA )?devices with compute capability|FP8 (?:is|computation is)? ?not supported on (?:this|the current) (?:GPU|device)/i,
    details: () => ({
      message: 'These GPUs do not compute with FP8: that needs compute capability 8.9 (Ada, Hopper) or higher.',
      remedy:
        'Use weights in BF16, INT8 or INT4 (AWQ, GPTQ), and an automatic KV cache dtype. More memory does not help.',
    }),
  },
  {
    // Triton multiplies FP8 by FP8 alone: one side is quantized, and the other is not.
    code: 'formats-mixed',
    curedBy: 'arguments',
    words: 'AssertionError: Unsupported lhs dtype fp8e4nv',
    pattern:
      /Unsupported (?:lhs|rhs) dtype (fp8\w{1,12})|Both operands must be same dtype\. Got (\w{1,12} and \w{1,12})/,
    details: ([, format, pair], _context, {displayName}) => ({
      message: `A Triton kernel was given ${pair ?? `${format} on one side and another number format on the other`}: it multiplies only equal formats.`,
      remedy: `A part of the model (often experts, or a LoRA adapter on them) has another format than this kernel of ${displayName} expects. Choose another backend for it, leave the adapter out, use a checkpoint in another format (BF16, or one that is quantized throughout), or install a newer release. Neither memory nor the driver is the cause.`,
    }),
  },
  {
    code: 'format-unsupported',
    curedBy: 'hardware',
    words:
      'ValueError: The quantization method fp8 is not supported for the current GPU. Minimum capability: 89. Current capability: 80.',
    pattern:
      /quantization method (\S{1,60}) is not supported for the current GPU\. Minimum capability: (\d+)\. Current capability: (\d+)/,
    details: ([, method, least, present]) => ({
      message: `The quantization ${method} needs compute capability ${capability(least)}, and these GPUs have ${capability(present)}.`,
      remedy: 'Use a checkpoint in another format, such as BF16, AWQ or GPTQ. Other settings do not help.',
    }),
  },
  {
    code: 'format-unsupported',
    curedBy: 'arguments',
    words: 'ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0.',
    pattern:
      /Bfloat16 is only supported on GPUs with compute capability of at least ([\d.]*\d)(?:\. Your (.{1,80}?) GPU has compute capability ([\d.]*\d))?/i,
    details: ([, least, card, present]) => ({
      message: `BF16 needs compute capability ${least}${card === undefined ? '' : `, and the ${card} has ${present}`}.`,
      remedy: 'Add --dtype half to engine.extraArguments.',
    }),
  },
  {
    code: 'format-unsupported',
    curedBy: 'hardware',
    words: 'ValueError: FP8 quantized models is only supported on GPUs with compute capability >= 9.0 (e.g H100)',
    pattern:
      /\b((?:NV|MX)?[Ff][Pp]\d{1,2}|W\dA\d|INT\d)\b[\w ]{0,60} only supported on (?:\w{1,20} )?(?:GPUs|devices) with compute capability (?:>=|of at least|at least) ?(\d{1,2}\.\d)(?:[^\n]{0,60}actual = `?(\d{1,2}\.\d))?/,
    details: ([, format, least, present]) => ({
      message: `${format?.toUpperCase()} needs compute capability ${least} here, and these GPUs have ${present ?? 'less'}.`,
      remedy:
        'Use a checkpoint in another format, such as BF16, AWQ or GPTQ. Neither more memory nor other settings help.',
    }),
  },
  {
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words: 'RuntimeError: FlashAttention only supports Ampere GPUs or newer.',
    pattern:
      /(FlashAttention|FlashMLA|FlashInfer|CUTLASS|DeepGEMM|FlashAttention v?[34]) (?:only supports|is only supported on|requires) ([^\n]{1,120}?)(?:\.|$)/i,
    details: ([, backend, what = ''], _context, {displayName}) => ({
      message: ofCards.test(what)
        ? `${backend} does not run on these GPUs: it is for ${what}.`
        : `${backend} does not take these settings: it is for ${what}.`,
      remedy: `Choose another backend (--attention-backend in engine.extraArguments), or a version of ${displayName} whose default fits these GPUs.`,
    }),
  },
  {
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words: 'ValueError: No valid attention backend found for cuda with AttentionSelectorConfig(head_size=576)',
    pattern: /No valid attention backend found for (\w{1,40})\b/,
    details: (_match, _context, {displayName}) => ({
      message: `${displayName} has no attention kernel for this model, KV cache dtype and GPU together.`,
      remedy:
        'The reasons are in the same line, by backend. Try an automatic KV cache dtype, remove --attention-backend, or install a newer version.',
      settingsChange: {kvCacheDtype: 'auto'},
    }),
  },
];

/** Words for what GPUs a backend is for; otherwise it is about sizes, number formats or options. */
const ofCards = /GPU|device|capability|\bSM ?\d|sm_?\d|Ampere|Ada|Hopper|Blackwell|CUDA|H\d00|B\d00|A100/i;

/** `89` is 8.9. */
function capability(digits: string | undefined): string {
  const number = Number(digits);
  return `${Math.floor(number / 10)}.${number % 10}`;
}
