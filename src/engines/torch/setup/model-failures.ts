import type {TorchFailure} from '../torch-engine.ts';

/** The hub, tokenizers, chat templates and configurations of models. In order of precedence. */
export const modelFailures: readonly TorchFailure[] = [
  {
    code: 'model-missing',
    curedBy: 'model',
    words: 'RevisionNotFoundError: 404 Client Error. Revision Not Found for url: https://huggingface.co/org/model',
    pattern: /RevisionNotFoundError|Revision Not Found for url|is not a valid git identifier/,
    details: () => ({
      message: 'The repository of the model does not have the revision that was asked for.',
      remedy: 'Correct or remove --revision in engine.extraArguments: a branch, a tag or a full commit.',
    }),
  },
  {
    code: 'package-missing',
    curedBy: 'installation',
    words: "ValueError: Fast download using 'hf_transfer' is enabled but 'hf_transfer' package is not available",
    pattern: /'hf_transfer' package is not available|HF_HUB_ENABLE_HF_TRANSFER[^\n]{0,80}not (?:available|installed)/,
    details: () => ({
      message: 'HF_HUB_ENABLE_HF_TRANSFER is set, and the package hf_transfer is not installed.',
      remedy: 'Remove HF_HUB_ENABLE_HF_TRANSFER from the environment, or install hf_transfer.',
    }),
  },
  {
    code: 'download-failed',
    curedBy: 'network',
    words: 'RuntimeError: Data processing error: CAS service error : Request failed after 5 retries',
    pattern: /CAS service error|cas-(?:bridge|server)\.xethub|(?:hf_xet|xet-core)[^\n]{0,80}[Ee]rror/,
    details: () => ({
      message: 'The download of the model from the hub\u2019s storage (Xet) broke off.',
      remedy:
        'Start again: what was downloaded stays. If it fails again, set HF_HUB_DISABLE_XET=1, and check that the disk has space and the proxy permits *.xethub.hf.co.',
    }),
  },
  {
    code: 'package-missing',
    curedBy: 'installation',
    words:
      'ImportError: This modeling file requires the following packages that were not found in your environment: tiktoken',
    pattern: /requires the following packages that were not found in your environment: ([\w., -]{1,200}?)(?:\. |$)/,
    details: ([, packages = ''], _context, {displayName}) => ({
      message: `The code of the model needs Python packages that are not installed where ${displayName} runs: ${packages}.`,
      remedy: `Install them there: pip install ${packages.replaceAll(',', '')}.`,
    }),
  },
  {
    // The class of every tokenizer that Transformers 5 have saved.
    code: 'package-mismatch',
    curedBy: 'installation',
    words: 'ValueError: Tokenizer class TokenizersBackend does not exist or is not currently imported.',
    pattern: /Tokenizer class TokenizersBackend does not exist/,
    details: (_match, _context, {displayName}) => ({
      message: 'The tokenizer of the model was saved by newer Transformers than the installed ones.',
      remedy: `Use a release of ${displayName} that takes Transformers 5; or take tokenizer_config.json from an earlier revision of the model. --trust-remote-code does not help, and the weights are not the cause.`,
    }),
  },
  {
    code: 'tokenizer-failed',
    curedBy: 'arguments',
    words: 'ValueError: Tokenizer class TikTokenTokenizer does not exist or is not currently imported.',
    pattern: /Tokenizer class (\w{1,80}) does not exist or is not currently imported/,
    details: ([, name], _context, {displayName}) => ({
      message: `The tokenizer of the model (${name}) is not a part of the installed Transformers.`,
      remedy: `If the model brings its own code, add --trust-remote-code to engine.extraArguments; otherwise install a newer release of ${displayName}. The weights are not the cause.`,
    }),
  },
  {
    code: 'tokenizer-failed',
    curedBy: 'model',
    words: "OSError: Can't load tokenizer for '/models/kimi'.",
    pattern:
      /Can't load (?:the )?tokenizer for '([^'\n]{1,300})'|Couldn't instantiate the backend tokenizer|data did not match any variant of untagged enum ModelWrapper/,
    details: ([, place], _context, {displayName}) => ({
      message: `The tokenizer${place === undefined ? '' : ` of ${place}`} could not be loaded.`,
      remedy: `Check that its files (tokenizer.json or tiktoken.model, tokenizer_config.json) are there and complete; if they are, the Transformers of this ${displayName} are too old for them.`,
    }),
  },
  {
    code: 'template-failed',
    curedBy: 'arguments',
    words: "ValueError: The supplied chat template string (/tmpl/kimi.jinja) appears path-like, but doesn't exist!",
    pattern:
      /chat template (?:string )?\(([^)\n]{1,300})\) (?:appears path-like, but doesn't exist|looks like a file path, but)|Chat template (\S{1,300}) is not a built-in template name or a valid chat template file path/,
    details: (match) => ({
      message: `There is no chat template at ${match[1] ?? match[2]}.`,
      remedy: 'Correct the path of --chat-template in engine.extraArguments: in a container, the path within it.',
    }),
  },
  {
    code: 'template-failed',
    curedBy: 'arguments',
    words: 'ValueError: As of transformers v4.44, default chat template is no longer allowed',
    pattern:
      /default chat template is no longer allowed|tokenizer\.chat_template is not set and no template argument was passed/,
    details: () => ({
      message: 'The model has no chat template: it is a base model, or its tokenizer_config.json is incomplete.',
      remedy: 'Give a template with --chat-template in engine.extraArguments, or use the instruction-tuned model.',
    }),
  },
];
