import type {Failure} from '../../log/failure-catalog.ts';

/** Why llama-server does not start: arguments, model file, port. In order of precedence. */
export const startFailures: readonly Failure[] = [
  {
    code: 'model-missing',
    curedBy: 'model',
    pattern: /gguf_init_from_file: failed to open GGUF file '([^']*)'(?: \(([^)]*)\))?|failed to open (\S+\.gguf)/,
    details: (match) => ({
      message: `The model file ${match[1] ?? match[3]} cannot be opened${match[2] === undefined ? '' : `: ${match[2]}`}.`,
      remedy:
        'Check engine.model: the path of the GGUF file, or the first file of a split set (…-00001-of-000NN.gguf).',
    }),
  },
  {
    code: 'model-not-gguf',
    curedBy: 'model',
    pattern: /invalid magic characters: '([^']*)', expected 'GGUF'/,
    details: (match) => ({
      message: `The model file is not a GGUF file: it starts with "${match[1]}".`,
      remedy: 'Check engine.model. A broken download, or a web page saved instead, looks like this.',
    }),
  },
  {
    code: 'model-split-missing',
    curedBy: 'model',
    pattern: /failed to load (?:GGUF )?split from (\S+)|invalid split (?:file name|file idx)|illegal split file/i,
    details: (match) => ({
      message:
        match[1] === undefined
          ? 'A part of the split model is not the expected one.'
          : `Part ${match[1]} of the split model cannot be read.`,
      remedy: 'Put all parts in one directory and set engine.model to the first (…-00001-of-000NN.gguf).',
    }),
  },
  {
    code: 'model-incomplete',
    curedBy: 'model',
    pattern:
      /data is not within the file bounds|model is corrupted or incomplete|missing tensor '([^']*)'|failed to read magic/,
    details: () => ({
      message: 'The model file is corrupt or incomplete.',
      remedy: 'Compare its size and checksum with the repository and download it again.',
    }),
  },
  {
    code: 'model-unknown-architecture',
    curedBy: 'installation',
    pattern: /unknown model architecture: '([^']*)'|unknown (?:pre-)?tokenizer(?: type)?: '([^']*)'/,
    details: (match) => ({
      message: `This build of llama.cpp does not support the ${match[1] === undefined ? 'tokenizer' : 'architecture'} "${match[1] ?? match[2]}".`,
      remedy: 'Install a newer build of llama.cpp.',
    }),
  },
  {
    code: 'model-not-cached',
    curedBy: 'model',
    pattern: /exactly one out metadata, path_model, and file must be defined/,
    details: () => ({
      message: 'There is no model to load: this repository is not on the disk and could not be downloaded.',
      remedy: 'Check the repository name and the connection to the hub, or set engine.model to a local file.',
    }),
  },
  {
    code: 'download-failed',
    curedBy: 'network',
    pattern: /common_download_file_single\w{0,40}: .{0,800}failed|error from HF API|HTTP status (?:code )?(40[134])/i,
    details: (match) => ({
      message:
        match[1] === '401' || match[1] === '403'
          ? 'This host has no access to the repository.'
          : 'The model could not be downloaded.',
      remedy: 'Check its name and the connection to the hub; a private or gated repository needs HF_TOKEN.',
    }),
  },
  {
    code: 'port-in-use',
    curedBy: 'other-programs',
    pattern: /couldn't bind HTTP server socket, hostname: (\S+), port: (\d+)/,
    details(match) {
      const port = Number(match[2]);
      return {
        message: `Port ${port} on ${match[1]} is in use or not permitted.`,
        remedy: 'Stop the program that uses it, or start on another port.',
        ...(port >= 65_535 ? {} : {settingsChange: {port: port + 1}}),
      };
    },
  },
  {
    code: 'unknown-argument',
    curedBy: 'arguments',
    pattern: /error: invalid argument: (.+)/,
    details: (match) => ({
      message: `This build of llama-server does not support ${match[1]}.`,
      remedy: 'Remove it from engine.extraArguments if it is there; otherwise install a newer llama.cpp.',
    }),
  },
  {
    code: 'invalid-argument',
    curedBy: 'arguments',
    pattern: /error while handling argument "([^"]*)": (.+)/,
    details: (match) => ({
      message: `llama-server rejects the value of ${match[1]}: ${match[2]}.`,
      remedy: 'Correct it in engine.extraArguments or in the settings.',
    }),
  },
  {
    code: 'no-gpu',
    curedBy: 'hardware',
    pattern: /no CUDA-capable device is detected|failed to initialize CUDA: (.+)/,
    details: (match) => ({
      message: `llama.cpp finds no GPU${match[1] === undefined ? '' : `: ${match[1]}`}.`,
      remedy: 'Check gantry gpus and CUDA_VISIBLE_DEVICES, and that this llama.cpp was built with CUDA.',
    }),
  },
  {
    // It serves on the CPU: what ends the start, if anything does, is another line.
    code: 'no-usable-gpu',
    curedBy: 'hardware',
    severity: 'warning',
    isLasting: true,
    pattern: /no usable GPU found/,
    details: () => ({
      message: 'llama.cpp finds no usable GPU and computes on the CPU.',
      remedy: 'Check gantry gpus and CUDA_VISIBLE_DEVICES, and that this llama.cpp was built with CUDA.',
    }),
  },
  {
    code: 'cuda-error',
    curedBy: 'hardware',
    pattern: /CUDA error: (.+)/,
    details: (match) => ({
      message: `A GPU kernel failed: ${match[1]}.`,
      remedy: 'Look for an Xid in the kernel log, then restart. If it happens again, use another build of llama.cpp.',
    }),
  },
  {
    code: 'assertion',
    curedBy: 'installation',
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
    pattern: /error loading model: (.{1,300})|failed to load model\b|failed to create_?\s?context with model/,
    details: (match) => ({
      message: `The model was not loaded${match[1] === undefined ? '' : `: ${match[1]}`}.`,
      remedy: 'The first error line above has the cause.',
    }),
  },
  {
    code: 'exiting',
    curedBy: 'restart',
    isConsequence: true,
    pattern: /exiting due to (.+)/,
    details: (match) => ({
      message: `llama-server exited: ${match[1]}.`,
      remedy: 'The first error line above has the cause.',
    }),
  },
];
