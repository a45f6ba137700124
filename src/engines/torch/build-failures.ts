import type {FailureDetails} from '../log/failure-catalog.ts';
import {isCompiledHere} from './setup/package-failures.ts';
import type {TorchEngine, TorchFailure} from './torch-engine.ts';

/** Kernels that are compiled while starting, and packages that do not belong together. In order of precedence. */
export const buildFailures: readonly TorchFailure[] = [
  {
    code: 'package-too-old',
    curedBy: 'installation',
    words:
      'Exception: flashinfer_python is installed with version 0.6.3, which is less than the minimum required version 0.6.4.',
    pattern:
      /(?<![\w-])([\w-]{1,60}) is installed with version ([\w.+]{1,40}?), which is less than the minimum required version ([\w.+]{1,40}?)(?:\.\s|\.?$|,)/,
    details: ([, name = '', present, least], _context, {displayName}) => ({
      message: `${displayName} needs ${name} ${least} or newer, and ${present} is installed.`,
      remedy: `Install it: pip install ${packages(name, least)}.`,
    }),
  },
  {
    code: 'package-missing',
    curedBy: 'installation',
    words: 'Exception: sgl-kernel with minimum required version 0.3.21 is not installed.',
    pattern: /(?<![\w-])([\w-]{1,60}) with minimum required version ([\w.+]{1,40}) is not installed/,
    details: ([, name = '', least], _context, {displayName}) => ({
      message: `${displayName} needs ${name} ${least} or newer, and no package of that name is installed.`,
      remedy:
        name === 'flashinfer'
          ? `Since 0.2 that package is called flashinfer-python, which this release does not look for: use a newer release of ${displayName}, or install flashinfer ${least}.`
          : `Install it: pip install ${packages(name, least)}.`,
    }),
  },
  {
    code: 'package-mismatch',
    curedBy: 'installation',
    words: 'RuntimeError: flashinfer-cubin version (0.6.4) does not match flashinfer version (0.6.3).',
    pattern: /(flashinfer-[\w-]{1,40}) version \(([^)\n]{1,40})\) does not match flashinfer version \(([^)\n]{1,40})\)/,
    details: ([, name = '', present, wanted = '']) => ({
      message: `${name} ${present} does not belong to flashinfer ${wanted}.`,
      remedy: `Install the same version of both: pip install ${name}==${wanted.split('+')[0]}.`,
    }),
  },
  {
    code: 'library-mismatch',
    curedBy: 'installation',
    words: 'ImportError: /opt/venv/vllm/_C.abi3.so: undefined symbol: _ZN3c106detail14torchCheckFailEPKcS2_jRKSs',
    pattern: /(?<=([^\s/:]{1,100})): undefined symbol: (\S{1,200})/,
    details: ([, library], _context, {displayName}) => ({
      message: `${library} was built for another version of PyTorch or CUDA than the installed one.`,
      remedy: `Reinstall ${displayName} with its own PyTorch, in a new environment or from its image.`,
    }),
  },
  {
    // Kernels are imported early, and on a host without GPUs the start continues: another failure is the cause.
    code: 'no-gpu',
    curedBy: 'host',
    isConsequence: true,
    words:
      "WARNING 05-06 12:30:07 [_custom_ops.py:20] Failed to import from engine._C with ImportError('libcuda.so.1: cannot open shared object file: No such file or directory')",
    pattern:
      /WARNING [^\n]{0,100}Failed to import from \S{1,60} with \w{1,40}\(['"](libcuda\.so[\d.]*): cannot open shared object file/,
    details: ([, library], _context, engine) => withoutDriver(library, engine),
  },
  {
    // The driver brings these libraries, and a container without GPUs does not have them.
    code: 'no-gpu',
    curedBy: 'host',
    words: 'OSError: libcuda.so.1: cannot open shared object file: No such file or directory',
    pattern: /\b(libcuda\.so[\d.]*|libnvidia-ml\.so[\d.]*): cannot open shared object file/,
    details: ([, library], _context, engine) => withoutDriver(library, engine),
  },
  {
    code: 'library-missing',
    curedBy: 'host',
    words: 'AssertionError: libcuda.so cannot found!',
    pattern: /libcuda\.so cannot found/,
    details: () => ({
      message: 'Triton does not find the library of the driver: libcuda.so has no link by that name where it looks.',
      remedy:
        'Run ldconfig where the engine runs, or set TRITON_LIBCUDA_PATH to the directory of libcuda.so.1 (such as /usr/lib/x86_64-linux-gnu). The driver is not broken.',
    }),
  },
  {
    code: 'library-too-old',
    curedBy: 'installation',
    words: "ImportError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /opt/venv/x.so)",
    pattern:
      /(?<=([\w.+-]{1,60})): version [`']((GLIBC|GLIBCXX|CXXABI)_[\d.]{1,20})' not found(?: \(required by ([^\s)]{1,300}\/)[^\s)/]{1,200}\))?/,
    details: ([, library, version, kind, place], _context, {displayName}) => ({
      message: `${library} is older than this build of ${displayName} needs: it lacks ${version}.`,
      remedy:
        place !== undefined && isCompiledHere(place)
          ? `The library was compiled by another image or on another host, whose cache this one uses: delete ${place} and start again.`
          : kind === 'GLIBC'
            ? `The operating system is too old for the package: use the published image of ${displayName}, or a newer system. The C library is not upgraded by itself.`
            : 'Another libstdc++ is loaded than that of the system: take its directory (often that of conda) out of LD_LIBRARY_PATH, or install a newer libstdcxx-ng there.',
    }),
  },
  {
    code: 'library-missing',
    curedBy: 'installation',
    words: 'ImportError: libcudart.so.13: cannot open shared object file: No such file or directory',
    pattern: /\b(lib[\w+-]{1,60}\.so[\w.]{0,20}): cannot open shared object file/,
    details: ([, library = ''], _context, {displayName}) => ({
      message: `The library ${library} is missing${/^lib(?:cu|nv)/.test(library) ? ': this build is for another version of CUDA' : ''}.`,
      remedy: `Install ${displayName} for the CUDA version of its PyTorch, in a new environment or from its image.`,
    }),
  },
  {
    // Before a missing compiler: the shell says of this path that it is not found.
    code: 'kernel-build-failed',
    curedBy: 'arguments',
    isPrecise: true,
    words: '/bin/sh: 1: :/usr/local/cuda-12.8/bin/nvcc: not found',
    pattern: /(?:^|[\s'"]):(\/[^\s:'"]{1,200})\/bin\/nvcc\b/,
    details: ([, home = '']) => ({
      message: `A GPU kernel could not be compiled: the path of nvcc begins with a colon (:${home}/bin/nvcc), because CUDA_HOME does.`,
      remedy: `Set CUDA_HOME=${home} in the environment of the engine: it is one directory, not a list as PATH is. The model and the GPUs are not the cause.`,
    }),
  },
  {
    code: 'toolkit-missing',
    curedBy: 'installation',
    words: "RuntimeError: Could not find nvcc and default cuda_home='/usr/local/cuda' doesn't exist",
    pattern:
      /Could not find nvcc\b|nvcc: (?:command )?not found|No such file or directory: '[^'\n]{0,200}\bnvcc'|CUDA_HOME environment variable is not set|CUDA_HOME is not set|KeyError: 'CUDA_HOME'|Failed to get CUDA version from nvcc/,
    details: (_match, _context, {displayName}) => ({
      message:
        'A GPU kernel has to be compiled, and the CUDA compiler (nvcc) is not there. The driver does not include it.',
      remedy: `Install the CUDA toolkit of the version that PyTorch uses and set CUDA_HOME, or use the published image of ${displayName}.`,
    }),
  },
  {
    code: 'compiler-missing',
    curedBy: 'installation',
    isPrecise: true,
    words: "FileNotFoundError: [Errno 2] No such file or directory: 'ninja'",
    pattern:
      /No such file or directory: '(ninja|gcc|g\+\+|cc|c\+\+)'|(Ninja) is required to load C\+\+ extensions|Failed to find (C compiler)|fatal error: (Python\.h): No such file/,
    details: (match) => {
      const name = match.slice(1).find((group) => group !== undefined) ?? 'A compiler';
      return {
        message: `A kernel has to be compiled, and ${name} is not installed.`,
        remedy:
          'Install ninja-build, gcc and the headers of this Python (python3-dev), or use an image that has them. The model is not the cause.',
      };
    },
  },
  {
    code: 'torchvision-mismatch',
    curedBy: 'installation',
    words: 'RuntimeError: operator torchvision::nms does not exist',
    pattern: /operator (torchvision|torchaudio)::\w{1,60} does not exist/,
    details: ([, name]) => ({
      message: `The installed ${name} was built for another PyTorch (version, or CUDA) than the one installed: no part of it can be loaded.`,
      remedy: `Install the two from one index in one command (pip install torch ${name}), or uninstall ${name} where the model has no images or sound.`,
    }),
  },
  {
    code: 'kernel-build-failed',
    curedBy: 'host',
    isPrecise: true,
    words: 'g++: fatal error: Killed signal terminated program cc1plus',
    pattern: /Killed signal terminated program (\w{1,40})/,
    details: ([, program]) => ({
      message: `The host had too little memory to compile a kernel: ${program} was killed.`,
      remedy: 'Set MAX_JOBS=4 to compile fewer files at a time, or give the container more memory.',
    }),
  },
  {
    // Triton compiles with a ptxas of its own, whatever CUDA_HOME is.
    code: 'kernel-build-failed',
    curedBy: 'installation',
    isPrecise: true,
    words: "ptxas fatal   : Value 'sm_121a' is not defined for option 'gpu-name'",
    pattern:
      /ptxas fatal\s{1,8}: Value '([^'\n]{1,40})' is not defined for option 'gpu-name'|PTX \.version ([\d.]{1,8}) does not support \.target (\w{1,20})/,
    details: ([, architecture, ptx, target]) => ({
      message:
        ptx === undefined
          ? `The assembler of CUDA (ptxas) does not know these GPUs (${architecture}): it is older than they are.`
          : `Triton writes code of a version (PTX ${ptx}) that does not know these GPUs (${target}): it is older than they are.`,
      remedy:
        ptx === undefined
          ? 'Triton brings its own ptxas: set TRITON_PTXAS_PATH to the one of a newer CUDA toolkit (/usr/local/cuda/bin/ptxas), or install a newer Triton. For kernels compiled with nvcc, set CUDA_HOME to that toolkit.'
          : 'Install a newer Triton, with the PyTorch that it belongs to. Another ptxas or driver does not help.',
    }),
  },
  {
    code: 'kernel-build-failed',
    curedBy: 'installation',
    isPrecise: true,
    words: "nvcc fatal   : Unsupported gpu architecture 'compute_120a'",
    pattern:
      /nvcc fatal\s{1,8}: (Unsupported gpu architecture '[^'\n]{1,40}'|Value '[^'\n]{1,40}' is not defined for option 'gpu-name')|(CUDA compiler and CUDA toolkit headers are incompatible)/,
    details: (match) => ({
      message: `The CUDA compiler does not fit these GPUs or its headers: ${match[1] ?? match[2]}.`,
      remedy: `Install a CUDA toolkit that supports the GPUs, of the same version as PyTorch's CUDA, and set CUDA_HOME to it.`,
    }),
  },
  {
    code: 'kernel-build-failed',
    curedBy: 'installation',
    isPrecise: true,
    words: '/root/.cache/flashinfer/gen/batch_decode.cu(12): error: no operator "+" matches these operands',
    // By its literal ending first: a name is read backwards, and only where one ends.
    pattern:
      /\.(?:cu|cuh|cpp|cc|hpp|hip|h)(?=[(:]\d)(?<=(?<![\w.+-])([\w.+-]{1,104}))(?:\(\d{1,7}\)|(?::\d{1,7}){1,2}): (?:fatal |catastrophic )?error(?: #\d{1,6})?: ([^\n]{1,200})/,
    details: ([, file, reason = '']) => ({
      message: `A kernel could not be compiled (${file}): ${reason.trim()}.`,
      remedy:
        'Usually the CUDA toolkit is of another version than PyTorch\u2019s, or a part of it is missing: install the same version and set CUDA_HOME to it. A broken cache is deleted with rm -r ~/.cache/flashinfer.',
    }),
  },
  {
    code: 'waits-for-build',
    curedBy: 'restart',
    severity: 'warning',
    isLasting: true,
    words: '[aiter] waiting for baton release at /opt/aiter/jit/build/lock_module_moe_sorting',
    pattern: /waiting for baton release at (\S{1,300})|Blocking waiting for file lock on ([^\n]{1,100})/,
    details: (match) => ({
      message: `A process waits for another one to compile kernels (lock ${match[1] ?? match[2]}).`,
      remedy:
        'Compiling takes minutes. If nothing runs a compiler, the lock is left over from a run that was killed: delete it and start again.',
    }),
  },
  {
    code: 'kernel-build-failed',
    curedBy: 'driver',
    words: 'RuntimeError: Triton Error [CUDA]: device kernel image is invalid',
    pattern: /device kernel image is invalid/,
    details: () => ({
      message: 'The driver cannot load a kernel that was compiled for a newer CUDA than it supports.',
      remedy:
        'Upgrade the driver, or set TRITON_PTXAS_PATH to the ptxas of the CUDA version that nvidia-smi shows. The model is not the cause.',
    }),
  },
  {
    code: 'kernel-build-failed',
    curedBy: 'installation',
    words: 'RuntimeError: Ninja build failed. Ninja output:',
    pattern:
      /Ninja build failed|Error building extension '([^'\n]{1,100})'|ninja: build stopped: |CalledProcessError: Command '?\[?'[^'\n]{0,200}(?:ninja|nvcc|hipcc)'|FAILED: (?:\[code=(\d{1,3})\] )?\S{0,300}\.(?:cuda|hip)\.o\b/,
    details: ([, extension, code]) => ({
      message: `A GPU kernel${extension === undefined ? '' : ` (${extension})`} could not be compiled${code === '127' ? ': the compiler was not found' : ''}.`,
      remedy:
        'The first line with "error:" in the output names the reason: often no CUDA toolkit, or one of another version than PyTorch\u2019s. A broken cache is deleted with rm -r ~/.cache/flashinfer.',
    }),
  },
];

/** FlashInfer's kernels come in a second package of the same version. */
function packages(name: string, version: string | undefined): string {
  const pip = name.replaceAll('_', '-');
  return pip === 'flashinfer-python' ? `${pip}==${version} flashinfer-cubin==${version}` : `'${pip}>=${version}'`;
}

function withoutDriver(library: string | undefined, {displayName}: TorchEngine): FailureDetails {
  return {
    message: `${displayName} finds no GPU: the library of the driver (${library}) is not there.`,
    remedy:
      'Start the container with its GPUs (--gpus all); on a host, install the NVIDIA driver. Another build or CUDA toolkit does not help.',
  };
}
