import type {Failure} from '../../log/failure-catalog.ts';

const NEWER_BUILD =
  'Install a newer build of llama.cpp; after git pull, build again: the program that was built before stays as it is.';
const NOT_BROKEN = 'The file is probably not broken: do not download it again first.';

/** What is wrong with a model file, or with a build that does not know it. A build that is too old comes first. */
export const modelFailures: readonly Failure[] = [
  {
    code: 'model-missing',
    curedBy: 'model',
    words: "gguf_init_from_file: failed to open GGUF file '/models/kimi.gguf' (No such file or directory)",
    pattern: /gguf_init_from_file: failed to open GGUF file '([^']*)'(?: \(([^)]*)\))?|failed to open (\S+\.gguf)/,
    details: (match) => ({
      message: `The model file ${match[1] ?? match[3]} cannot be opened${match[2] === undefined ? '' : `: ${match[2]}`}.`,
      remedy:
        'Check the path where it is set: engine.model (the GGUF file, or the first file of a split set, …-00001-of-000NN.gguf), or --model-draft or --mmproj in engine.extraArguments.',
    }),
  },
  {
    code: 'model-not-gguf',
    curedBy: 'model',
    words: 'gguf_init_from_file: invalid magic number 67676a74',
    pattern: /\binvalid magic number ([0-9a-f]{8})\b/,
    details: ([, magic = '']) =>
      magic.startsWith('6767')
        ? {
            message: 'The model file has the old format GGML, which this llama.cpp no longer reads.',
            remedy: 'Use a GGUF file of the model, or convert it again with the scripts of this release.',
          }
        : {
            message: `The model file is not a GGUF file: it starts with ${startOfFile(magic)}.`,
            remedy: notGguf(startOfFile(magic)),
          },
  },
  {
    code: 'model-not-gguf',
    curedBy: 'model',
    words: "invalid magic characters: 'vers', expected 'GGUF'",
    pattern: /invalid magic characters: '([^']*)', expected 'GGUF'/,
    details: (match) => ({
      message: `The model file is not a GGUF file: it starts with "${match[1]}".`,
      remedy: notGguf(`"${match[1]}"`),
    }),
  },
  {
    code: 'model-split-missing',
    curedBy: 'model',
    words: 'failed to load GGUF split from /models/kimi-00003-of-00013.gguf',
    pattern:
      /failed to load (?:GGUF )?split from (\S+)|invalid split (?:file name|file idx|count|file)(?:: (\S+))?|illegal split file/i,
    details: (match) => ({
      message:
        match[1] === undefined
          ? 'A part of the split model is not the expected one.'
          : `Part ${match[1]} of the split model cannot be read.`,
      remedy:
        'Put all parts in one directory and set engine.model to the first (…-00001-of-000NN.gguf). Parts that were joined with cat do not load: use the parts, or join them with llama-gguf-split --merge. No new download is needed.',
    }),
  },
  {
    code: 'model-unknown-architecture',
    curedBy: 'installation',
    words: "unknown model architecture: 'kimi-linear'",
    pattern: /unknown model architecture: '([^']*)'|unknown (?:pre-)?tokenizer(?: type)?: '([^']*)'/,
    details: (match) => ({
      message: `This build of llama.cpp does not support the ${match[1] === undefined ? 'tokenizer' : 'architecture'} "${match[1] ?? match[2]}".`,
      remedy: `${NEWER_BUILD} ${NOT_BROKEN}`,
    }),
  },
  {
    code: 'build-too-old',
    curedBy: 'installation',
    words: 'GGML_ASSERT(hparams.n_expert <= LLAMA_MAX_EXPERTS) failed',
    pattern:
      /GGML_ASSERT\((?:hparams\.)?(n_expert|n_layer|n_expert_used)\w* <= (?:\(?\w{1,20}\)?\s?)?LLAMA_MAX_(\w{1,20})\) failed/,
    details: (match) => ({
      message: `The model has more ${match[2]?.toLowerCase()} than this build of llama.cpp supports.`,
      remedy: `${NEWER_BUILD} Compare the build number in the first lines with the newest. ${NOT_BROKEN}`,
    }),
  },
  {
    code: 'build-too-old',
    curedBy: 'installation',
    words: "tensor 'blk.0.ffn_down_exps.weight' has invalid ggml type 39 (NONE)",
    pattern: /tensor '([^'\n]{1,200})' has invalid ggml type (\d+)/,
    details: (match) => ({
      message: `This build of llama.cpp does not know the quantization of the tensor ${match[1]} (type ${match[2]}).`,
      remedy: `${NEWER_BUILD} Some quantizations exist only in a fork, which the model's page names. ${NOT_BROKEN}`,
    }),
  },
  {
    code: 'build-too-old',
    curedBy: 'installation',
    words: "error loading model: missing tensor 'output.weight'",
    pattern:
      /(?:missing tensor|tensor not found:?) '([^'\n]{1,200})'|tensor '([^'\n]{1,200})' (?:not found|has wrong shape|has offset \d+, expected \d)|(wrong number of tensors); expected (\d+), got (\d+)/,
    details: (match) => ({
      message:
        match[3] === undefined
          ? `The model file and this build of llama.cpp do not agree about the tensor ${match[1] ?? match[2]}.`
          : `The model file has ${match[4]} tensors, of which this build of llama.cpp uses ${match[5]}.`,
      remedy: `${NEWER_BUILD} If the newest does not load it, convert the model again with the converter of that build. ${NOT_BROKEN}`,
    }),
  },
  {
    code: 'build-too-old',
    curedBy: 'installation',
    words: 'error loading model hyperparameters: key not found in model: deepseek2.attention.key_length_mla',
    pattern:
      /key not found in model: (\S{1,200})|(?:unsupported (?:GGUF )?version:?|this GGUF file is version|gguf version) (\d+)(?: but this software only supports| is not supported|$)/i,
    details: (match) => ({
      message:
        match[1] === undefined
          ? `This build of llama.cpp does not read version ${match[2]} of the GGUF format.`
          : `The model file does not have the key ${match[1]}, which this build of llama.cpp needs.`,
      remedy: `The file was made by a converter of another version: install a newer build of llama.cpp, or get a file that was converted for it. ${NOT_BROKEN}`,
    }),
  },
  {
    code: 'model-too-old',
    curedBy: 'model',
    words: 'gguf_init_from_file: GGUFv1 is no longer supported, please use a more up-to-date version',
    pattern: /GGUFv(\d) is no longer supported/,
    details: ([, version]) => ({
      message: `The model file, or its projector, is of version ${version} of the GGUF format, which llama.cpp does not read any more.`,
      remedy:
        'Download a newer conversion, or convert the model again with the converter of this build (convert_hf_to_gguf.py).',
    }),
  },
  {
    code: 'model-byte-order',
    curedBy: 'model',
    words:
      'failed to load model: this GGUF file version 50331648 is extremely large, is there a mismatch between the host and model endianness?',
    pattern: /GGUF file version \d{1,10} is extremely large, is there a mismatch/,
    details: () => ({
      message: 'The model file was written for processors with another byte order.',
      remedy: 'Get another conversion of the model, or convert it again. Another download of this file does not help.',
    }),
  },
  {
    code: 'model-header-broken',
    curedBy: 'model',
    words: "gguf_init_from_reader: duplicate key 'general.name' for tensors 0 and 1",
    pattern:
      /\b(?:gguf_init_from_\w{1,20}|read): ((?:number of (?:tensors|key value pairs) is|bad GGUF version|duplicate (?:key|tensor name)|key '[^'\n]{0,200}' has invalid GGUF type|tensor name \d+ is too long|tensor '[^'\n]{0,200}' has (?:invalid number|a total number|negative)|alignment \d+ is not a power)[^\n]{0,200})/,
    details: ([, reason]) => ({
      message: `The header of the model file is broken: ${reason?.trim()}.`,
      remedy:
        'Compare the checksum of the file with that of the repository, and download it again if they differ. If they do not, the file was written wrong: use another conversion.',
    }),
  },
  {
    code: 'model-incomplete',
    curedBy: 'model',
    words: 'gguf_init_from_reader: failed to read magic',
    pattern: /gguf_init_from_\w{1,20}: failed to read magic/,
    details: () => ({
      message: 'The model file is empty, or a directory.',
      remedy:
        'Check engine.model: the GGUF file itself, or the first file of a split set. If the file is empty, download it again.',
    }),
  },
  {
    code: 'model-incomplete',
    curedBy: 'model',
    words: "tensor 'blk.30.ffn_up_exps.weight' data is not within the file bounds, model is corrupted or incomplete",
    pattern:
      /(?:tensor '([^'\n]{1,200})' )?data is not within the file bounds|model is corrupted or incomplete|exceeds remaining file size|failed to read (?:magic|header|key-value pairs|tensor (?:info|data))/,
    details: (match) => ({
      message: `The model file is incomplete${match[1] === undefined ? '' : `: the data of the tensor ${match[1]} lie beyond its end`}.`,
      remedy:
        'Compare the sizes of the files with the repository, and download only the short one again; of a split model, each part has its own size.',
    }),
  },
  {
    code: 'download-unsupported',
    curedBy: 'installation',
    words: 'error: built without CURL, cannot download model from the internet',
    pattern: /built without (?:CURL|SSL)[^\n]{0,40}download|HTTPS is not supported\. Please rebuild/i,
    details: () => ({
      message: 'This build of llama.cpp cannot download models: it has no support for HTTPS.',
      remedy:
        'Download the file by other means and set engine.model to it, or install a build with OpenSSL. A token or proxy does not help.',
    }),
  },
  {
    code: 'draft-mismatch',
    curedBy: 'arguments',
    harmlessFrom: 'serve',
    words: 'common_speculative_are_compatible: draft model vocab type must match target model to use speculation',
    pattern: /draft (?:model )?vocab(?: type| special tokens| size)? (?:must match|must be compatible with) target/,
    details: () => ({
      message: 'The draft model for speculative decoding has another vocabulary than the model.',
      remedy: 'Use a draft model of the same family and release, or start without one.',
    }),
  },
  {
    code: 'template-failed',
    curedBy: 'arguments',
    whileServing: 'warning',
    words: 'what():  Expected iterable, got a number at row 58, column 111',
    pattern: /what\(\): {1,4}([^\n]{1,200}) at row (\d{1,6}), column (\d{1,6})/,
    details: ([, reason, row]) => ({
      message: `The chat template of the model fails in line ${row}: ${reason?.trim()}.`,
      remedy:
        'Give another with --chat-template-file (the page of the model or its newest conversion has a corrected one), or install a newer llama.cpp. The weights are not the cause.',
    }),
  },
  {
    code: 'template-replaced',
    curedBy: 'arguments',
    severity: 'warning',
    isLasting: true,
    words: 'common_chat_templates_init: failed to parse chat template (defaulting to chatml): unexpected token',
    pattern:
      /failed to parse (?:chat template \(defaulting to chatml\)|tool use chat template \(ignoring it\)): {0,2}([^\n]{0,200})/,
    details: ([, reason = '']) => ({
      message: `llama.cpp cannot read the chat template of the model and uses another one (ChatML)${reason === '' ? '' : `: ${reason.trim().replace(/[.:]$/, '')}`}.`,
      remedy:
        'It serves, and its answers and tool calls may be malformed: give the right template with --chat-template-file in engine.extraArguments. A template with .System or .Messages is one of Ollama, which llama.cpp does not read. The weights are not the cause.',
    }),
  },
  {
    code: 'template-failed',
    curedBy: 'arguments',
    harmlessFrom: 'serve',
    words: 'common_chat_templates_init: error: parser: Parser Error: Expected }} (Got )',
    pattern:
      /common_chat_templates_init: error: ([^\n]{1,200})|(?:error: the supplied chat template is not supported|common_chat_verify_template: failed to apply template): ([^\n]{1,200})/,
    details: ([, reason, template]) => ({
      message:
        reason === undefined
          ? `The chat template cannot be used: ${template?.trim()}.`
          : `The chat template cannot be read: ${reason.trim()}.`,
      remedy:
        'Correct --chat-template or --chat-template-file in engine.extraArguments, or remove it to use the one of the model. The weights are not the cause.',
    }),
  },
  {
    code: 'model-vocabulary',
    curedBy: 'model',
    words: 'error loading model vocabulary: cannot find tokenizer merges in model file',
    pattern: /error loading model vocabulary: (cannot find [^\n]{1,120}|wrong[^\n]{1,120}|invalid[^\n]{1,120})/,
    details: ([, reason]) => ({
      message: `The model file has no complete vocabulary: ${reason?.trim()}.`,
      remedy:
        'It was converted without the tokenizer of the model, or with one that the converter did not know: use another conversion, or convert it again with the newest converter. Memory settings do not help.',
    }),
  },
  {
    code: 'model-not-cached',
    curedBy: 'model',
    words: 'exactly one out metadata, path_model, and file must be defined',
    pattern: /exactly one out metadata, path_model, and file must be defined/,
    details: () => ({
      message: 'There is no model to load: this repository is not on the disk and could not be downloaded.',
      remedy: 'Check the repository name and the connection to the hub, or set engine.model to a local file.',
    }),
  },
  {
    // The file may be optional or in the cache: then the model is loaded.
    code: 'download-failed',
    curedBy: 'network',
    harmlessFrom: 'load-weights',
    words: 'common_download_file_single: HEAD failed, status: 401',
    // A file that is not there may be one that is only looked for, such as the settings of a repository.
    pattern:
      /common_download_file_single\w{0,40}: (?!HEAD failed, status: 404).{0,800}failed|\bfailed to download model from\b|error from HF API|HTTP status (?:code )?(40[134])/i,
    details: (match) => ({
      message:
        match[1] === '401' || match[1] === '403'
          ? 'This host has no access to the repository.'
          : 'The model could not be downloaded.',
      remedy: 'Check its name and the connection to the hub; a private or gated repository needs HF_TOKEN.',
    }),
  },
];

/** The first four bytes of a file, which builds of 2023 print as one little-endian number: the first byte is the last pair. */
function startOfFile(magic: string): string {
  const bytes = [...magic.matchAll(/../g)].map(([pair]) => pair).reverse();
  const text = bytes.map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join('');
  return /^[\x20-\x7e]{4}$/.test(text) ? `"${text}"` : `the bytes ${bytes.join(' ')}`;
}

function notGguf(start: string): string {
  return start === '"vers"'
    ? 'It is a Git LFS pointer: run git lfs pull, or download the file itself.'
    : 'Check engine.model. A broken download, or a web page saved instead, looks like this.';
}
