import type {Failure} from './failure.ts';

/** Cards, driver, and what runs on them. In the order of precedence. */
export const deviceFailures: readonly Failure[] = [
  {
    code: 'vllm.driver-too-old',
    pattern: /The NVIDIA driver on your system is too old \(found version (\d+)\)/,
    details: (match) => ({
      message: `The driver (CUDA ${cudaVersion(match[1])}) is too old for this build of vLLM.`,
      remedy: 'Upgrade the driver to 580 or newer, or install the CUDA 12.9 build of vLLM.',
    }),
  },
  {
    code: 'vllm.fabric-not-ready',
    pattern: /Error 802: system not yet initialized|CUDA error: system not yet initialized/,
    details: () => ({
      message: 'The NVSwitch fabric is not up (CUDA error 802), so no card can be used.',
      remedy: 'Start nvidia-fabricmanager in the version of the driver, and check the fabric state with gantry gpus.',
    }),
  },
  {
    code: 'vllm.no-gpu',
    pattern: /Found no NVIDIA driver on your system|No CUDA GPUs are available|no CUDA-capable device is detected/,
    details: () => ({
      message: 'vLLM sees no card.',
      remedy: 'See gantry gpus, and CUDA_VISIBLE_DEVICES in the environment.',
    }),
  },
  {
    code: 'vllm.wrong-build',
    pattern: /no kernel image is available for execution on the device/,
    details: () => ({
      message: 'This build of vLLM has no kernels for these cards.',
      remedy: 'Install the build for the architecture of the cards.',
    }),
  },
  {
    code: 'vllm.ecc-error',
    pattern: /CUDA error: uncorrectable ECC error encountered/,
    details: () => ({
      message: 'A card has met a memory error that it could not correct.',
      remedy: 'See gantry gpus for the card; reset it or reboot, and replace it if it comes back.',
    }),
  },
  {
    code: 'vllm.cuda-error',
    pattern: /CUDA error: (an illegal memory access was encountered|[a-z][^\n]{3,80})|CUBLAS_STATUS_EXECUTION_FAILED/,
    details: (match) => ({
      message: `A kernel failed: ${match[1] ?? 'CUBLAS_STATUS_EXECUTION_FAILED'}.`,
      remedy: 'Look for an Xid in the kernel log, then restart; if it comes back, change the version of vLLM.',
    }),
  },
  {
    code: 'vllm.worker-hung',
    pattern: /RPC call to \w+ timed out/,
    details: () => ({
      message: 'A worker did not finish a step for five minutes.',
      remedy: 'Look for an Xid in the kernel log, and restart.',
    }),
  },
  {
    code: 'vllm.nccl',
    // A rank that dies for a reason of its own takes the others with it in these words.
    isConsequence: true,
    pattern: /Watchdog caught collective operation timeout|NCCL error|ncclSystemError|ncclRemoteError/,
    details: () => ({
      message: 'The cards lost each other: a collective operation failed or timed out.',
      remedy: 'Look for an Xid in the kernel log, check /dev/shm, and restart; the first failing rank is the cause.',
    }),
  },
  {
    code: 'vllm.worker-failed',
    isConsequence: true,
    pattern: /Worker failed with error '(.{1,300}?)'(?:,|$)/,
    details: (match) => ({
      message: `A worker failed: ${match[1]}.`,
      remedy: 'See the first ERROR of a worker in gantry logs.',
    }),
  },
  {
    code: 'vllm.start-failed',
    pattern:
      /Engine core initialization failed|EngineCore failed to start|WorkerProc (?:failed to start|initialization failed)/,
    isConsequence: true,
    details: () => ({
      message: 'The engine core did not start.',
      remedy: 'The cause is the first ERROR of a worker in gantry logs.',
    }),
  },
  {
    code: 'vllm.worker-died',
    pattern: /Worker proc (\S+) died unexpectedly(?: \(exit code: (\S+?)\))?/,
    isConsequence: true,
    details: (match) => ({
      message:
        match[2] === undefined || match[2] === 'None'
          ? `The worker ${match[1]} died.`
          : `The worker ${match[1]} died (exit code ${match[2]}).`,
      remedy:
        'With exit code -9 look for the kernel\u2019s OOM killer; else the cause is the first ERROR above in gantry logs.',
    }),
  },
  {
    code: 'vllm.engine-dead',
    pattern: /EngineCore encountered a fatal error|EngineDeadError|engine core exited unexpectedly/,
    isConsequence: true,
    details: () => ({
      message: 'The engine core died.',
      remedy: 'The cause is the first ERROR above this line in gantry logs; restart the engine.',
    }),
  },
];

/** CUDA's number for its version, as a reader knows it: 12080 is 12.8. */
function cudaVersion(digits: string | undefined): string {
  const version = Number(digits);
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}
