import {grouped} from '../../log/failure-catalog.ts';
import type {TorchFailure} from '../torch-engine.ts';

/** Kernels that Triton and torch.compile make while an engine starts, and the caches of them. In order of precedence. */
export const compileFailures: readonly TorchFailure[] = [
  {
    code: 'kernel-too-large',
    curedBy: 'arguments',
    words:
      'triton.runtime.errors.OutOfResources: out of resource: shared memory, Required: 131072, Hardware limit: 101376.',
    pattern: /out of resource: (shared memory|threads|registers), Required: (\d{1,12}), Hardware limit: (\d{1,12})/,
    details: ([, what, needed, limit], _context, {displayName}) => ({
      message: `A Triton kernel needs ${amount(needed, what)} per multiprocessor, and these GPUs have ${amount(limit, what)}.`,
      remedy: `It is on-chip memory: not that of the GPU, nor /dev/shm, and memory settings do not help. The kernel is tuned for larger GPUs: choose another backend (--attention-backend in engine.extraArguments), delete a tuned configuration that was made for another GPU, or use a release of ${displayName} that knows these.`,
    }),
  },
  {
    code: 'kernel-too-large',
    curedBy: 'installation',
    words: 'CUDA error: too many resources requested for launch',
    pattern: /too many resources requested for launch/,
    details: (_match, _context, {displayName}) => ({
      message:
        'A kernel needs more registers than a multiprocessor of these GPUs has: it was tuned or compiled for others.',
      remedy: `Use the build of ${displayName} for these GPUs, or choose another --attention-backend in engine.extraArguments. It is neither the memory nor the hardware.`,
    }),
  },
  {
    code: 'compile-cache-broken',
    curedBy: 'host',
    words:
      'RuntimeError: vLLM failed to compile the model. The most likely reason for this is that a previous compilation failed, leading to a corrupted compilation artifact.',
    pattern:
      /leading to a corrupted compilation artifact|failed to get the hash of the compiled graph|Bytes object is corrupted, checksum does not match|Expected tensors only, but got: |No such file or directory: '[^'\n]{0,300}(?:torch_compile_cache|torch_aot_compile|torchinductor_\w{1,60}|inductor_cache|\.triton\/cache|triton_cache)\//,
    details: (_match, _context, {compileCaches}) => ({
      message:
        'The cache of compiled kernels is broken: an earlier compilation was interrupted, the cache was moved, or several hosts write to it.',
      remedy: `Delete it and start again: ${compileCaches}. The first start then takes longer, and shows the error of the compilation, if there is one. Keep it on a local disk. The model and the GPUs are not the cause.`,
    }),
  },
  {
    // Before the general failure of a build, which has these words in its message.
    code: 'toolkit-too-old',
    curedBy: 'installation',
    words:
      'RuntimeError: Assertion error (csrc/jit/compiler.hpp:187): (major > 12 or (major == 12 and minor >= 3)) and "NVCC version should be >= 12.3"',
    pattern:
      /NVCC version should be >= ([\d.]{1,10})|Assertion error \([^)\n]{1,200}\): \(?major > (\d+) or \(major == \2 and minor >= (\d+)\)/,
    details: (match) => ({
      message: `DeepGEMM compiles its kernels, and the CUDA compiler (nvcc) of this host is older than ${match[1]?.replace(/\.$/, '') ?? `${match[2]}.${match[3]}`}.`,
      remedy:
        'Install a newer CUDA toolkit and set CUDA_HOME to it: nvcc --version shows which one is found. The version that nvidia-smi shows is that of the driver, and does not count here.',
    }),
  },
  {
    code: 'kernel-build-failed',
    curedBy: 'installation',
    isConsequence: true,
    words: 'RuntimeError: Assertion error (csrc/apis/../jit/compiler.hpp:176): false and "NVCC compilation failed"',
    pattern: /"?NV(?:CC|RTC) compilation failed/,
    details: () => ({
      message: 'A kernel of DeepGEMM could not be compiled.',
      remedy:
        'The line before it has the reason: usually a CUDA toolkit that does not know these GPUs. Install one of the version that PyTorch uses, and set CUDA_HOME to it.',
    }),
  },
  {
    code: 'kernel-build-failed',
    curedBy: 'installation',
    words: 'triton.compiler.errors.CompilationError: at 112:28:',
    // FP8 on older GPUs has an entry of its own, and is on the next lines.
    isConsequence: true,
    pattern:
      /triton\.compiler\.errors\.(?:CompilationError|UnsupportedLanguageConstruct|CompileTimeAssertionFailure): /,
    details: (_match, _context, {displayName}) => ({
      message: 'Triton could not compile a kernel for these GPUs.',
      remedy: `The last line of the error names the reason, such as a number format that the GPUs do not have. Use the Triton that belongs to the PyTorch of ${displayName} (its published image has it), and delete ~/.triton/cache after a change.`,
    }),
  },
];

/** What a kernel takes of a multiprocessor, as Triton counts it: bytes, or a number. */
function amount(number: string | undefined, what: string | undefined): string {
  return what === 'shared memory' ? `${grouped(number)} bytes of shared memory` : `${grouped(number)} ${what}`;
}
