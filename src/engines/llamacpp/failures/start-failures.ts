import type {Failure} from '../../log/failure-catalog.ts';

/** What keeps llama-server from starting: its arguments, its file, its port. In the order of precedence. */
export const startFailures: readonly Failure[] = [
  {
    code: 'model-missing',
    pattern: /gguf_init_from_file: failed to open GGUF file '([^']*)'(?: \(([^)]*)\))?|failed to open (\S+\.gguf)/,
    details: (match) => ({
      message: `The model file ${match[1] ?? match[3]} cannot be opened${match[2] === undefined ? '' : `: ${match[2]}`}.`,
      remedy: 'Check engine.model: the path of the GGUF file, of a split set the first (…-00001-of-000NN.gguf).',
    }),
  },
  {
    code: 'model-not-gguf',
    pattern: /invalid magic characters: '([^']*)', expected 'GGUF'/,
    details: (match) => ({
      message: `The model file is no GGUF file: it begins with "${match[1]}".`,
      remedy: 'Check engine.model; a download that was broken off or a page saved in its place looks like this.',
    }),
  },
  {
    code: 'model-split-missing',
    pattern: /failed to load (?:GGUF )?split from (\S+)|invalid split (?:file name|file idx)|illegal split file/i,
    details: (match) => ({
      message:
        match[1] === undefined
          ? 'A file of the split model is not the one that was expected.'
          : `The part ${match[1]} of the split model cannot be read.`,
      remedy: 'Check that every part is in the same directory, and name the first (…-00001-of-000NN.gguf).',
    }),
  },
  {
    code: 'model-incomplete',
    pattern:
      /data is not within the file bounds|model is corrupted or incomplete|missing tensor '([^']*)'|failed to read magic/,
    details: () => ({
      message: 'The model file is broken or not complete.',
      remedy: 'Compare its size and checksum with the repository, and fetch it again.',
    }),
  },
  {
    code: 'model-unknown-architecture',
    pattern: /unknown model architecture: '([^']*)'|unknown (?:pre-)?tokenizer(?: type)?: '([^']*)'/,
    details: (match) => ({
      message: `This build of llama.cpp does not know the ${match[1] === undefined ? 'tokenizer' : 'architecture'} "${match[1] ?? match[2]}".`,
      remedy: 'Install a newer build of llama.cpp.',
    }),
  },
  {
    code: 'model-not-cached',
    pattern: /exactly one out metadata, path_model, and file must be defined/,
    details: () => ({
      message: 'There is no model to load: nothing of this repository is on the disk, and it could not be fetched.',
      remedy: 'Check the name of the repository and the way to the hub, or name a file that is here.',
    }),
  },
  {
    code: 'download-failed',
    pattern: /common_download_file_single\w*: .*failed|error from HF API|HTTP status (?:code )?(40[134])/i,
    details: (match) => ({
      message:
        match[1] === '401' || match[1] === '403'
          ? 'The repository may not be read from here.'
          : 'The model could not be downloaded.',
      remedy: 'Check its name, the way to the hub, and HF_TOKEN for a repository that needs one.',
    }),
  },
  {
    code: 'port-in-use',
    pattern: /couldn't bind HTTP server socket, hostname: (\S+), port: (\d+)/,
    details(match) {
      const port = Number(match[2]);
      return {
        message: `Port ${port} on ${match[1]} is taken, or may not be used.`,
        remedy: 'Stop the program that holds it, or start on another port.',
        ...(port >= 65_535 ? {} : {settingsChange: {port: port + 1}}),
      };
    },
  },
  {
    code: 'unknown-argument',
    pattern: /error: invalid argument: (.+)$/,
    details: (match) => ({
      message: `This build of llama-server does not know ${match[1]}.`,
      remedy: 'Remove it from engine.extraArguments if it is there; else install a newer build of llama.cpp.',
    }),
  },
  {
    code: 'invalid-argument',
    pattern: /error while handling argument "([^"]*)": (.+)$/,
    details: (match) => ({
      message: `llama-server refuses the value of ${match[1]}: ${match[2]}.`,
      remedy: 'Correct it in engine.extraArguments or in the settings.',
    }),
  },
  {
    code: 'no-gpu',
    pattern: /no CUDA-capable device is detected|failed to initialize CUDA: (.+)$|no usable GPU found/,
    details: (match) => ({
      message: `llama.cpp sees no card${match[1] === undefined ? '' : `: ${match[1]}`}.`,
      remedy: 'See gantry gpus and CUDA_VISIBLE_DEVICES, and check that this is a build with CUDA.',
    }),
  },
  {
    code: 'cuda-error',
    pattern: /CUDA error: (.+)$/,
    details: (match) => ({
      message: `A kernel failed: ${match[1]}.`,
      remedy: 'Look for an Xid in the kernel log, then restart; if it comes back, change the build of llama.cpp.',
    }),
  },
  {
    code: 'assertion',
    pattern: /GGML_ASSERT\((.{1,200}?)\) failed/,
    details: (match) => ({
      message: `llama.cpp ended itself: its assertion ${match[1]} failed.`,
      remedy: 'Leave away the arguments it may come from, or install another build of llama.cpp.',
    }),
  },
  {
    code: 'model-load-failed',
    isConsequence: true,
    pattern: /error loading model: (.{1,300})|failed to load model\b|failed to create_?\s?context with model/,
    details: (match) => ({
      message: `The model was not loaded${match[1] === undefined ? '' : `: ${match[1]}`}.`,
      remedy: 'The cause is the first error line above.',
    }),
  },
  {
    code: 'exiting',
    isConsequence: true,
    pattern: /exiting due to (.+)$/,
    details: (match) => ({
      message: `llama-server ended: ${match[1]}.`,
      remedy: 'The cause is the first error line above.',
    }),
  },
];
