import {type CudaEngine, driverFailures} from '../../cuda/driver-failures.ts';
import {failuresOf} from '../../log/engine-failure.ts';
import {type Failure, grouped} from '../../log/failure-catalog.ts';

const engine: CudaEngine = {displayName: 'llama.cpp', nativeBuild: '-DCMAKE_CUDA_ARCHITECTURES=native'};

/** Why llama-server does not start, besides its model: port, arguments, GPUs. In order of precedence. */
export const startFailures: readonly Failure[] = [
  {
    code: 'port-in-use',
    curedBy: 'other-programs',
    words: "couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080",
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
    words: 'error: invalid argument: --no-such-option',
    pattern: /error: invalid argument: (.+)/,
    details: (match) => ({
      message: `This build of llama-server does not support ${match[1]}.`,
      remedy: 'Remove it from engine.extraArguments if it is there; otherwise install a newer llama.cpp.',
    }),
  },
  {
    code: 'invalid-argument',
    curedBy: 'arguments',
    words: 'error while handling argument "-c": stoi',
    pattern: /error while handling argument "([^"]*)": (.+)/,
    details: (match) => ({
      message: `llama-server rejects the value of ${match[1]}: ${match[2]}.`,
      remedy: 'Correct it in engine.extraArguments or in the settings.',
    }),
  },
  {
    code: 'flash-attention-needed',
    curedBy: 'arguments',
    words: 'llama_init_from_model: V cache quantization requires flash_attn',
    pattern:
      /(?:V cache quantization|quantized V cache) (?:requires|was requested, but this requires) (?:flash_attn|Flash Attention)/i,
    details: () => ({
      message: 'A quantized V cache needs flash attention, which is off or not supported here.',
      remedy: 'Add --flash-attn on to engine.extraArguments, or restart with an automatic KV cache dtype.',
      settingsChange: {kvCacheDtype: 'auto'},
    }),
  },
  ...failuresOf(engine, driverFailures),
  {
    code: 'no-gpu',
    curedBy: 'hardware',
    words: 'failed to initialize CUDA: no CUDA-capable device is detected',
    pattern:
      /no CUDA-capable device is detected|failed to initialize CUDA: (.+)|libcuda\.so\.1: cannot open shared object file/,
    details: (match) => ({
      message: `llama.cpp finds no GPU${match[1] === undefined ? '' : `: ${match[1]}`}.`,
      remedy: 'Check gantry gpus and CUDA_VISIBLE_DEVICES, and that this llama.cpp was built with CUDA.',
    }),
  },
  {
    // It serves on the CPU: what ends the start, if anything does, is another line.
    code: 'no-usable-gpu',
    curedBy: 'hardware',
    words: 'warning: no usable GPU found, --gpu-layers option will be ignored',
    severity: 'warning',
    isLasting: true,
    pattern: /no usable GPU found/,
    details: () => ({
      message: 'llama.cpp finds no usable GPU and computes on the CPU.',
      remedy: 'Check gantry gpus and CUDA_VISIBLE_DEVICES, and that this llama.cpp was built with CUDA.',
    }),
  },
  {
    code: 'context-capped',
    curedBy: 'arguments',
    words: 'the slot context (65536) exceeds the training context of the model (32768) - capping',
    severity: 'warning',
    isLasting: true,
    pattern: /the slot context \((\d+)\) exceeds the training context of the model \((\d+)\) - capping/,
    details: ([, asked, model]) => ({
      message: `The model has a context of ${grouped(model)} tokens, not ${grouped(asked)}: longer requests are refused.`,
      remedy: `Restart with a context of ${grouped(model)} tokens, unless several requests together need the larger cache.`,
      settingsChange: {contextLengthTokens: Number(model)},
    }),
  },
  {
    code: 'library-missing',
    curedBy: 'installation',
    words: 'error while loading shared libraries: libcudart.so.12: cannot open shared object file',
    pattern: /\b(lib[\w+-]{1,60}\.so[\w.]{0,20}): cannot open shared object file/,
    details: ([, library]) => ({
      message: `The library ${library} is missing.`,
      remedy: 'Install a build of llama.cpp that includes its libraries, or set LD_LIBRARY_PATH to their directory.',
    }),
  },
];
