import type {EngineFailure} from '../log/engine-failure.ts';
import {gpuSubject} from '../torch/rank.ts';

/** What CUDA's own failures need to know about the engine that reports them. */
export type CudaEngine = {
  readonly displayName: string;
  /** How it is built for the GPUs of this host; absent where nobody builds it. */
  readonly nativeBuild?: string;
};

/** The driver, its library and the GPUs, in the words of CUDA: every program that uses it reports them so. In order of precedence. */
export const driverFailures: readonly EngineFailure<CudaEngine>[] = [
  {
    code: 'driver-too-old',
    curedBy: 'driver',
    words: 'CUDA driver version is insufficient for CUDA runtime version',
    pattern: /CUDA driver version is insufficient for CUDA runtime version/,
    details: (_match, _context, {displayName}) => ({
      message: `The driver is too old for the CUDA version of this build of ${displayName}.`,
      remedy: `Upgrade the driver, or install ${displayName} built for the CUDA version that nvidia-smi shows.`,
    }),
  },
  {
    code: 'driver-library-mismatch',
    curedBy: 'arguments',
    words: 'Error 803: system has unsupported display driver / cuda driver combination',
    pattern: /\bError 803\b|unsupported display driver \/ cuda driver combination/,
    details: () => ({
      message: 'The CUDA library that was loaded is not the one of the installed driver (CUDA error 803).',
      remedy:
        'In a container, the compat library of the image was loaded before that of the driver: set LD_LIBRARY_PATH=/usr/local/nvidia/lib64:/usr/local/nvidia/lib, or start it with --gpus all. Another driver does not help. On a host, reboot after a driver upgrade.',
    }),
  },
  {
    code: 'forward-compatibility',
    curedBy: 'driver',
    words: 'Error 804: forward compatibility was attempted on non supported HW',
    pattern: /\bError 804\b|forward compatibility was attempted on non supported HW/,
    details: () => ({
      message: 'The CUDA compat library was loaded for GPUs that do not support it (CUDA error 804).',
      remedy:
        'It works on data center GPUs only: remove the compat directory from LD_LIBRARY_PATH and ld.so.conf, or use an image built for a CUDA version that the driver supports. A driver upgrade that was not followed by a reboot looks the same.',
    }),
  },
  {
    code: 'fabric-not-ready',
    curedBy: 'driver',
    words: 'Error 802: system not yet initialized',
    pattern: /\bError 802\b|system not yet initialized|CUDA_ERROR_SYSTEM_NOT_READY/,
    details: () => ({
      message: 'CUDA is not initialized on this host (CUDA error 802): with NVSwitch, its fabric is not running.',
      remedy: 'Start nvidia-fabricmanager (same version as the driver), and check the fabric state with gantry gpus.',
    }),
  },
  {
    code: 'gpu-busy',
    curedBy: 'other-programs',
    words: 'CUDA error: CUDA-capable device(s) is/are busy or unavailable',
    pattern: /CUDA-capable device\(s\) is\/are busy or unavailable/,
    details: (match) => ({
      message: `${gpuSubject(match)} cannot be used: it is busy, or set to exclusive use.`,
      remedy:
        'End the process that uses it (see gantry gpus), and check the compute mode: nvidia-smi -q -d COMPUTE. A GPU that needs a reset looks the same.',
    }),
  },
  {
    code: 'wrong-build',
    curedBy: 'installation',
    words: 'CUDA error: no kernel image is available for execution on the device',
    pattern:
      /no kernel image is available for execution on the device|No compiled \w{1,60} for (?:a |CUDA device )?compute capability|Unsupported compute capability \d|CUDA capability sm_\d+ is not compatible with the current PyTorch installation|Torch not compiled with CUDA enabled|has no device code compatible with CUDA arch \d+|the provided PTX was compiled with an unsupported toolchain/,
    details: (_match, _context, {displayName, nativeBuild}) => ({
      message: `This build of ${displayName} has no kernels for these GPUs.`,
      remedy: `Install the build for the architecture of the GPUs${nativeBuild === undefined ? '' : `, or build it here (${nativeBuild})`}. Memory settings do not help.`,
    }),
  },
  {
    code: 'ecc-error',
    curedBy: 'hardware',
    words: 'CUDA error: uncorrectable ECC error encountered',
    pattern: /uncorrectable ECC error encountered/,
    details: (match) => ({
      message: `${gpuSubject(match)} had an uncorrectable memory error.`,
      remedy:
        'It is the hardware, not the settings: find the GPU with gantry gpus or nvidia-smi -q -d ECC,ROW_REMAPPER. Reset it or reboot; replace it if the error returns.',
    }),
  },
];
