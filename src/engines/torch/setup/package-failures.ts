import type {FailureDetails} from '../../log/failure-catalog.ts';
import type {TorchEngine, TorchFailure} from '../torch-engine.ts';

/** Python packages, and libraries of them, that are missing, broken or built for another system. In order of precedence. */
export const packageFailures: readonly TorchFailure[] = [
  {
    // A library that was compiled on this host, or is a part of a package: found by its path, not by the loader.
    code: 'compiled-library-missing',
    curedBy: 'host',
    words:
      'OSError: /root/.cache/torch_extensions/py312_cu124/xgrammar/xgrammar.so: cannot open shared object file: No such file or directory',
    pattern:
      /(\/[^\s:'"]{1,300}\/)([\w.+-]{1,100}\.so)(?:'|"|): (cannot open shared object file|file too short|invalid ELF header)/,
    details: ([, directory = '', library, reason], _context, {displayName}) =>
      brokenLibrary(directory, library, reason, displayName),
  },
  {
    code: 'library-too-old',
    curedBy: 'installation',
    words: 'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /app/libtorch.so)',
    pattern: /Error loading shared library (\S{1,100}): No such file or directory(?: \(needed by (\S{1,300})\))?/,
    details: ([, library], _context, {displayName}) => ({
      message: `The library ${library} is not there: the system is Alpine (musl), and this build is for glibc.`,
      remedy: `Use an image with glibc (Debian, Ubuntu, or the published image of ${displayName}). A compatibility package for Alpine does not suffice for PyTorch.`,
    }),
  },
  {
    code: 'package-missing',
    curedBy: 'installation',
    whileServing: 'warning',
    words: 'ImportError: Please install vllm[audio] for audio support',
    pattern:
      /(?:ImportError|ModuleNotFoundError|RuntimeError|ValueError): [^\n]{0,200}?\b[Pp]lease install `?((?:vllm|sglang)\[[\w,-]{1,60}\])/,
    details: ([, name = '']) => missingPackage(name, name),
  },
  {
    // Of an engine, of Transformers, or of the code of the model: they name the package and how to get it.
    code: 'package-missing',
    curedBy: 'installation',
    whileServing: 'warning',
    words: 'ImportError: `tiktoken` is required to read a `tiktoken` file. Install it with `pip install tiktoken`.',
    pattern:
      /(?:ImportError|ModuleNotFoundError|RuntimeError|ValueError): [^\n]{0,300}?\bpip3? install (?:(?:-U|--upgrade|-q) )?['"`]?([A-Za-z][\w.-]{1,60}(?:\[[\w,-]{1,60}\])?(?:[=<>~!]=?[\w.]{1,30})?)/,
    details: ([, name = '']) => missingPackage(name, name),
  },
  {
    // An import that was tried and failed quietly; the name is missed only when it is used.
    code: 'package-missing',
    curedBy: 'installation',
    whileServing: 'warning',
    words: "NameError: name 'flash_attn_varlen_func' is not defined",
    pattern: /^(?:[^\n]{0,200}[\s\]])?NameError: name '(\w{1,100})' is not defined/,
    details: ([, name = ''], _context, engine) => missingName(name, engine),
  },
];

/** Where compiled libraries are kept that may be deleted. */
const cachePlace = /\/(?:\.cache|torch_extensions|torchinductor_\w+|flashinfer|triton|tvm-ffi|jit)\b|^\/tmp\//;

/** True for a directory of libraries that were compiled when an engine started, not installed. */
export function isCompiledHere(directory: string): boolean {
  return cachePlace.test(directory);
}

function brokenLibrary(
  directory: string,
  library: string | undefined,
  reason: string | undefined,
  displayName: string,
): FailureDetails {
  const state = reason === 'cannot open shared object file' ? 'is not there' : 'is incomplete, or of another system';
  if (isCompiledHere(directory)) {
    return {
      message: `The library ${library}, which was compiled on this host, ${state}: several processes compiled it at the same time, or one was interrupted.`,
      remedy: `Delete ${directory} and start again, which compiles it again. The directory has to be writable, on a local disk, and not shared by images or nodes of another kind. The model is not the cause.`,
    };
  }
  return {
    message: `The library ${library} of a Python package ${state}: the package was installed incompletely, or for another system.`,
    remedy: `Install the package again (pip install --force-reinstall --no-cache-dir), or use the published image of ${displayName}. The model and the GPUs are not the cause.`,
    curedBy: 'installation',
  };
}

function missingPackage(name: string, requirement: string): FailureDetails {
  return {
    message: `An optional package is not installed where the engine runs: ${name}.`,
    remedy: `Install it into that environment: pip install '${requirement}'. In a container, build an image with it: what is installed in a running one is gone with it.`,
  };
}

/** Names that code uses, by the package that they are imported from. */
const packageOfName: ReadonlyMap<string, string> = new Map([
  ['flash_attn_varlen_func', 'flash-attn'],
  ['flash_attn_func', 'flash-attn'],
  ['flash_attn_with_kvcache', 'flash-attn'],
  ['sgl_kernel', 'sgl-kernel'],
  ['deep_gemm', 'deep-gemm'],
  ['deep_ep', 'deep-ep'],
  ['flashinfer', 'flashinfer-python'],
  ['triton', 'triton'],
  ['xgrammar', 'xgrammar'],
  ['mooncake', 'mooncake-transfer-engine'],
  ['nixl', 'nixl'],
]);

function missingName(name: string, {displayName}: TorchEngine): FailureDetails {
  const known = packageOfName.get(name);
  return known === undefined
    ? {
        message: `The code uses ${name}, which it does not have: an optional package could not be imported, or the release has a fault.`,
        remedy: `The last frame of the traceback names the file, whose imports name the package. Use the published image of ${displayName}, which has all of them; if it fails there too, use another release.`,
      }
    : {
        message: `The code uses ${name}, which could not be imported: the package ${known} is missing, or was built for another PyTorch.`,
        remedy: `Install the ${known} that the requirements of ${displayName} name, or use its published image. The model is not the cause.`,
      };
}
