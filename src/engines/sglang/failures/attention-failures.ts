import type {Failure} from '../../log/failure-catalog.ts';

/** Attention backends that SGLang itself refuses for a card or a model. In order of precedence. */
export const attentionFailures: readonly Failure[] = [
  {
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words:
      "AssertionError: Only {'triton', 'trtllm_mha'} backends are supported on Blackwell GPUs for hybrid GDN models. Got attention_backend=flashinfer.",
    pattern:
      /Only \{([^}\n]{1,200})\} backends are supported on ([\w ]{1,40}?) GPUs for ([\w ]{1,60}?)\.(?: Got ([^\n]{1,120}?)\.?$)?/,
    details: ([, allowed = '', cards, models, got]) => ({
      message: `SGLang computes ${models} on ${cards} GPUs only with ${allowed.replaceAll("'", '').split(', ').toSorted().join(', ')}${got === undefined ? '' : `, and was given ${got}`}.`,
      remedy:
        'Set --attention-backend (and --prefill-attention-backend, --decode-attention-backend where they are set) in engine.extraArguments to one of them, or remove it, so that SGLang chooses. Memory settings do not help.',
    }),
  },
  {
    // Raised for the encoder of images alone.
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words: "ValueError: The 'fa3' backend is not supported on Blackwell GPUs",
    pattern: /The '(\w{1,40})' backend is not supported on ([\w ]{1,40}?) GPUs/,
    details: ([, backend, cards]) => ({
      message: `The attention backend ${backend} for images does not run on ${cards} GPUs.`,
      remedy:
        'Set --mm-attention-backend in engine.extraArguments to triton_attn, or use a newer SGLang, which chooses one that runs. Memory settings do not help.',
    }),
  },
  {
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words:
      'AssertionError: FlashAttention v3 Backend requires SM>=80 and SM<=90. Please use `--attention-backend flashinfer`.',
    pattern: /FlashAttention v3 Backend requires [^\n]{1,60}?\. Please use `--attention-backend (\w{1,40})`/,
    details: ([, other]) => ({
      message: 'FlashAttention 3 does not run on these GPUs.',
      remedy: `Set --attention-backend ${other} in engine.extraArguments, or remove it, so that SGLang chooses. Memory settings do not help.`,
    }),
  },
  {
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words: 'ValueError: trtllm_mla backend can only be used with MLA models.',
    pattern: /\b(\w{1,40}) backend can only be used with (non-MLA|MLA) models/,
    details: ([, backend, models]) => ({
      message: `The attention backend ${backend} is for ${models} models, and this is ${models === 'MLA' ? 'none' : 'an MLA model'}.`,
      remedy:
        'Remove --attention-backend from engine.extraArguments, so that SGLang chooses one. Memory settings do not help.',
    }),
  },
  {
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words: 'ValueError: hpc_ops backend does not support speculative decoding for now.',
    pattern: /\b(\w{1,40}) backend does not support speculative decoding/,
    details: ([, backend]) => ({
      message: `The attention backend ${backend} does not support speculative decoding.`,
      remedy:
        'Remove --attention-backend from engine.extraArguments, so that SGLang chooses one, or start without speculative decoding.',
    }),
  },
];
