import {gibText} from '../../../shared/quantities/bytes.ts';
import {type CudaEngine, driverFailures} from '../../cuda/driver-failures.ts';
import {failuresOf} from '../../log/engine-failure.ts';
import {type Failure, type FailureDetails, grouped} from '../../log/failure-catalog.ts';
import {mibToBytes} from '../../log/log-rules.ts';

const engine: CudaEngine = {displayName: 'llama.cpp', nativeBuild: '-DCMAKE_CUDA_ARCHITECTURES=native'};

/** Why llama-server does not start, besides its model: port, arguments, GPUs. In order of precedence. */
export const startFailures: readonly Failure[] = [
  {
    code: 'port-in-use',
    curedBy: 'other-programs',
    words: "couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080",
    pattern: /couldn't bind HTTP server socket, hostname: (\S+), port: (\d+)/,
    details(match) {
      const [, host = '', port = ''] = match;
      const isOwn = /^(?:localhost|127\.|0\.0\.0\.0|\[?::1?\]?$)/.test(host);
      return {
        message: isOwn
          ? `Port ${port} on ${host} is in use or not permitted.`
          : `llama-server cannot listen on ${host}, port ${port}: it is in use or not permitted, or no address of this host.`,
        remedy: `Stop the program that uses it, or start on another port.${isOwn ? '' : ' ip address shows the addresses of this host.'} With --ssl-key-file and --ssl-cert-file, it is also the end of a start whose key or certificate cannot be read.`,
        ...(Number(port) >= 65_535 ? {} : {settingsChange: {port: Number(port) + 1}}),
      };
    },
  },
  {
    code: 'wrong-build',
    curedBy: 'installation',
    words: 'ValueError: Attempt to split tensors that exceed maximum supported devices. Current LLAMA_MAX_DEVICES=1',
    pattern: /Attempt to split tensors that exceed maximum supported devices/,
    details: () => ({
      message: 'This build of llama.cpp was made without support for GPUs, so it cannot split the model over several.',
      remedy: 'Install the build for CUDA (the Python package too has one), or leave the split out.',
    }),
  },
  {
    code: 'unknown-argument',
    curedBy: 'arguments',
    words: 'error: invalid argument: --no-such-option',
    pattern: /error: invalid argument: (.+)/,
    details: ([, option = '']) =>
      option.startsWith('-')
        ? {
            message: `This build of llama-server does not support ${option}.`,
            remedy: 'Remove it from engine.extraArguments if it is there; otherwise install a newer llama.cpp.',
          }
        : {
            message: `llama-server does not expect the argument "${option.trim()}".`,
            remedy: /^(?:on|off|auto|true|false|\d+)$/.test(option.trim())
              ? 'An option in front of it has no value in this build, as --flash-attn had none before on, off and auto: install a newer llama.cpp, or leave the value out of engine.extraArguments.'
              : 'It is usually a part of a value with a blank in it: quote the whole value (a path such as "/models/my model.gguf"), or rename the file. Otherwise remove it from engine.extraArguments.',
          },
  },
  {
    code: 'invalid-argument',
    curedBy: 'arguments',
    words: 'error while handling argument "-c": stoi',
    pattern: /error while handling argument "([^"]*)": (.+)/,
    details: ([, option, reason = '']) => rejectedValue(option, reason),
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
    // Builds load their backends as libraries (GGML_BACKEND_DL) from the directory of the program.
    code: 'no-backend',
    curedBy: 'installation',
    words:
      'llama_model_load_from_file_impl: no backends are loaded. hint: use ggml_backend_load() or ggml_backend_load_all() to load a backend',
    pattern: /no backends are loaded|(make_cpu_buft_list: no CPU backend found)/,
    details: (match) => ({
      message: `llama.cpp found none of its backends${match[1] === undefined ? '' : ' for the CPU, which it always needs'}: the libraries libggml-*.so are not where it looks, or do not run on this CPU.`,
      remedy:
        'Keep them (libggml-cpu-*.so too) in the directory of llama-server, as the archive has them: LD_LIBRARY_PATH does not help. Otherwise build it here, without -DGGML_BACKEND_DL=ON. The model and the GPUs are not the cause.',
    }),
  },
  {
    code: 'library-mismatch',
    curedBy: 'installation',
    words: 'llama-server: symbol lookup error: /usr/local/lib/libllama.so: undefined symbol: ggml_backend_sched_new',
    pattern: /symbol lookup error: (\S{1,300}): undefined symbol: (\w{1,200})/,
    details: ([, library]) => ({
      message: `Parts of two builds of llama.cpp are mixed: ${library} does not belong to the libraries that it finds.`,
      remedy:
        'Remove the older build (or its directory from LD_LIBRARY_PATH, and run ldconfig), and install all of one build. The model is not the cause.',
    }),
  },
  {
    code: 'mmap-failed',
    curedBy: 'arguments',
    words: 'error loading model: mmap failed: Operation not permitted',
    pattern:
      /mmap failed: (Operation not permitted|Cannot allocate memory|No such device|Invalid argument|Permission denied)/,
    details: ([, reason]) => ({
      message: `The model file could not be mapped into memory: ${reason}.`,
      remedy:
        'Add --no-mmap to engine.extraArguments, which reads it instead (the parts on the CPU then need host memory), or copy the file to a local disk. The file is not broken.',
    }),
  },
  {
    code: 'rpc-unreachable',
    curedBy: 'network',
    words: 'Failed to connect to 10.0.0.2:50052',
    pattern: /[Ff]ailed to connect to (\S{0,255}:\d{1,5})$|Remote RPC server crashed or returned malformed response/,
    details: ([, place]) => ({
      message: `A node that computes a part of the model (rpc-server) ${unreached(place)}.`,
      remedy:
        'Check that --rpc has HOST:PORT of every node, without brackets. Start rpc-server there first, from the same build of llama.cpp, listening on an address that this host reaches, and look at its own output.',
    }),
  },
  {
    code: 'weights-not-locked',
    curedBy: 'host',
    severity: 'warning',
    isLasting: true,
    words: 'warning: failed to mlock 65536000-byte buffer (after previously locking 0 bytes): Cannot allocate memory',
    pattern: /failed to mlock (\d{1,15})-byte buffer/,
    details: () => ({
      message: 'The weights in host memory are not locked (mlock): the system may move them out.',
      remedy:
        'Raise the limit: ulimit -l unlimited, LimitMEMLOCK=infinity of the unit, --ulimit memlock=-1 of the container. Or remove --mlock from engine.extraArguments. The engine works without it.',
    }),
  },
  {
    // This build has CUDA, and the driver answered it.
    code: 'no-gpu',
    curedBy: 'driver',
    words: 'ggml_cuda_init: failed to initialize CUDA: unknown error',
    pattern:
      /failed to initialize CUDA: (unknown error|initialization error|OS call failed[^\n]{0,80}|operation not permitted)/,
    details: ([, reason]) => ({
      message: `CUDA does not start, so llama.cpp finds no GPU: ${reason}.`,
      remedy:
        'The build has CUDA; the driver does not let it in. Check nvidia-smi, load the module (modprobe nvidia_uvm) and see that /dev/nvidia-uvm exists, also in the container (--gpus all). After a suspend or a driver update, reboot.',
    }),
  },
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
    code: 'memory-not-fitted',
    curedBy: 'arguments',
    words:
      'common_fit_params: failed to fit params to free device memory: n_gpu_layers already set by user to 99, abort',
    severity: 'warning',
    isLasting: true,
    // That the model or its context cannot be made at all is no matter of memory: the lines before it have the reason.
    pattern:
      /(?:failed to fit params to free device memory|encountered an error while trying to fit params to free device memory): (?!failed to (?:load model|create llama_context))([^\n]{1,200})/,
    details: ([, reason = '']) => ({
      message: `llama.cpp could not fit the model into ${/\bsystem memory\b/.test(reason) ? 'the memory of the host' : 'the free GPU memory'} by itself: ${reason.replace(/, abort\.?$/, '').trim()}.`,
      remedy: /SPLIT_MODE|split.mode/i.test(reason)
        ? 'It starts with the settings as they are, and may run out of memory now or at a long prompt. Fitting is made for --split-mode layer: use that, or choose the layers yourself and add --fit off to engine.extraArguments.'
        : 'It starts with the settings as they are, and may run out of memory now or at a long prompt. Let llama.cpp choose the setting that is named: add --n-gpu-layers auto to engine.extraArguments (Gantry sets 999), or remove --n-cpu-moe and others from it. Otherwise shorten the context or lower --ubatch-size. With --fit off the message is not printed.',
    }),
  },
  {
    code: 'memory-projected',
    curedBy: 'arguments',
    words:
      'common_params_fit_impl: cannot meet free memory target of 1024 MiB, need to reduce device memory by 3523 MiB',
    severity: 'info',
    // Without a GPU, the same line is about the memory of the host.
    pattern:
      /cannot meet free memory target of (\d+) MiB, need to reduce device memory by (\d+) MiB|cannot meet free memory targets on all devices, need to use (\d+) MiB less/,
    details: ([, target, missing, missingOfAll]) => ({
      message:
        missingOfAll === undefined
          ? `With these settings ${gibText(mibToBytes(missing))} of memory are missing, ${gibText(mibToBytes(target))} of it to stay free.`
          : `With these settings ${gibText(mibToBytes(missingOfAll))} of memory are missing on all GPUs together, some of it to stay free.`,
      remedy: 'llama.cpp reduces what it may choose itself: the lines that follow say whether that was enough.',
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

function unreached(place: string | undefined): string {
  if (place === undefined) return 'cannot be reached, or ended';
  return place.startsWith(':') ? `cannot be reached: "${place}" names no host` : `cannot be reached: ${place}`;
}

/** An option that has no value takes the next option for it. */
function rejectedValue(option: string | undefined, reason: string): FailureDetails {
  const remedy = 'Correct it in engine.extraArguments or in the settings.';
  const taken = /: '(--?[a-z][\w-]*)'$/.exec(reason)?.[1];
  if (taken === undefined && !/^expected value for argument/.test(reason))
    return {message: `llama-server rejects the value of ${option}: ${rejectionText(reason)}.`, remedy};
  return {
    message: `${option} has no value${taken === undefined ? '' : `: llama-server took the next option, ${taken}, for it`}.`,
    remedy: `Give it one in engine.extraArguments${option === '--flash-attn' || option === '-fa' ? ': on, off or auto (older builds took none)' : '; llama-server --help shows which it takes'}.`,
  };
}

/** Of a value that is no number, and of one that does not fit, the C++ library reports only the name of its function. */
function rejectionText(reason = ''): string {
  return /^sto(?:u?ll?|i|f|l?d)$/.test(reason.trim()) ? 'it is not a number, or is out of range' : reason;
}
