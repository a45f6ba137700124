import type {LogContext} from '../../engine.ts';
import type {FailureDetails} from '../../log/failure-catalog.ts';
import {rankSubject} from '../rank.ts';
import type {TorchFailure} from '../torch-engine.ts';

/** GPUs that a container lost: the driver still works on the host. */
const LOST_DEVICES =
  'Run nvidia-smi on the host. If it works there, the container lost its devices, which systemctl daemon-reload does: delete and create the container again, as a restart within it does not help. To keep them, give the container its GPUs through CDI, or create the links: nvidia-ctk system create-dev-char-symlinks --create-all.';

/** Most GPUs whose memory another one maps without NVSwitch (CUDA, error 711). */
const MOST_PEERS = 8;

/** What the driver's libraries (CUDA, NVML) say when a process first uses the GPUs. In order of precedence. */
export const initializationFailures: readonly TorchFailure[] = [
  {
    code: 'driver-mismatch',
    curedBy: 'driver',
    words: 'pynvml.NVMLError_LibRmVersionMismatch: RM has detected an NVML/RM version mismatch.',
    pattern:
      /NVMLError_LibRmVersionMismatch|NVML\/RM version mismatch|Failed to initialize NVML: Driver\/library version mismatch/,
    details: () => ({
      message:
        'The loaded driver and its library have different versions: the driver was upgraded, often unattended, while it was loaded.',
      remedy:
        'Reboot the host, or reload the driver while nothing uses the GPUs; then create the container again. Hold the packages of the driver (apt-mark hold) against the next time. Neither the engine nor the model is the cause.',
    }),
  },
  {
    code: 'no-gpu',
    curedBy: 'host',
    words: 'pynvml.NVMLError_LibraryNotFound: NVML Shared Library Not Found',
    pattern: /NVMLError_(?:LibraryNotFound|DriverNotLoaded|LibRmNotFound)\b/,
    details: (_match, _context, {displayName}) => ({
      message: `${displayName} finds no GPU: the library of the driver is not there, or the driver is not loaded.`,
      remedy:
        'Run nvidia-smi on the host: if it works there, start the container with its GPUs (--gpus all); otherwise install or load the driver.',
    }),
  },
  {
    code: 'gpu-lost',
    curedBy: 'hardware',
    words: 'pynvml.NVMLError_GpuIsLost: GPU is lost',
    pattern: /NVMLError_(?:GpuIsLost|ResetRequired)\b/,
    details: () => ({
      message: 'The driver lost a GPU: it fell off the bus, or needs a reset.',
      remedy:
        'Look for an Xid in dmesg -T (79 means off the bus), and reset the GPU or power the node off and on. Settings do not help.',
    }),
  },
  {
    code: 'device-not-permitted',
    curedBy: 'host',
    words: 'pynvml.NVMLError_NoPermission: Insufficient Permissions',
    pattern: /NVMLError_NoPermission\b|Failed to initialize NVML: Insufficient Permissions/,
    details: () => ({
      message: 'The user of the engine may not use the GPUs, or not query this one.',
      remedy:
        'Look at ls -l /dev/nvidia*: the user needs their group or mode 0666. In a container with a MIG instance, queries of the whole GPU are refused: use a release of the engine that supports MIG.',
    }),
  },
  {
    code: 'visible-devices',
    curedBy: 'arguments',
    words: 'pynvml.NVMLError_InvalidArgument: Invalid Argument',
    pattern: /NVMLError_(?:InvalidArgument|NotFound)\b/,
    details: () => ({
      message: 'CUDA_VISIBLE_DEVICES names a GPU that does not exist here.',
      remedy:
        'A container numbers its own GPUs from 0: if it was given some of them (--gpus, NVIDIA_VISIBLE_DEVICES), leave CUDA_VISIBLE_DEVICES unset in it. Otherwise correct the list, and check gantry gpus for a lost GPU.',
    }),
  },
  {
    code: 'container-lost-gpus',
    curedBy: 'host',
    words: 'Failed to initialize NVML: Unknown Error',
    pattern: /NVMLError_Unknown\b|Failed to initialize NVML: Unknown Error/,
    details: () => ({
      message: 'The driver does not answer this process any more, as in a container that lost its GPUs.',
      remedy: LOST_DEVICES,
    }),
  },
  {
    code: 'nvml-unsupported',
    curedBy: 'installation',
    words: 'pynvml.NVMLError_NotSupported: Not Supported',
    pattern: /NVMLError_NotSupported\b/,
    details: (_match, _context, {displayName}) => ({
      message:
        'The driver does not answer a query for this kind of device (a MIG instance, a vGPU, or a GPU with unified memory).',
      remedy: `Use a release of ${displayName} that supports it, or a whole GPU. The driver is not broken.`,
    }),
  },
  {
    code: 'graph-capture-failed',
    curedBy: 'arguments',
    words:
      'RuntimeError: Cannot copy between CPU and CUDA tensors during CUDA graph capture unless the CPU tensor is pinned.',
    pattern: /Cannot copy between CPU and CUDA tensors during CUDA graph capture/,
    details: (_match, _context, {displayName, ownSettings: {withoutGraphs}}) => ({
      message:
        'A step of the model copies from or to host memory while a CUDA graph is captured, which a graph cannot hold.',
      remedy: `It is not the hardware, and not the memory: weights or caches in host memory, an extension, or a backend of this release does not support CUDA graphs. Remove offloading and what is not the engine's own, choose another --attention-backend, or use another release of ${displayName}. ${withoutGraphs === null ? 'Without CUDA graphs' : `With ${withoutGraphs} in engine.extraArguments`} it starts, and decodes slower.`,
    }),
  },
  {
    code: 'graph-capture-failed',
    curedBy: 'arguments',
    words: 'CUDA error: operation not permitted when stream is capturing',
    pattern: /operation (?:not permitted when stream is capturing|would make the legacy stream depend on a capturing)/,
    details: (_match, _context, {ownSettings: {withoutGraphs}}) => ({
      message: 'A kernel does something that is not allowed while a CUDA graph is captured.',
      remedy: `It is not the hardware, and not the memory: an extension, a plugin or this combination of options does not support CUDA graphs. ${withoutGraphs === null ? 'Start once without CUDA graphs' : `Start once with ${withoutGraphs} in engine.extraArguments`} (slow) to confirm it, and remove what is not the engine's own.`,
    }),
  },
  {
    code: 'container-lost-gpus',
    curedBy: 'host',
    words: 'RuntimeError: CUDA error: operation not permitted',
    pattern: /CUDA error: operation not permitted\b(?! when)|\bError 800: operation not permitted/,
    details: (match) => ({
      message: `${rankSubject(match)} may not use its GPU any more: the system refused the driver's call.`,
      remedy: LOST_DEVICES,
    }),
  },
  {
    code: 'cuda-not-available',
    curedBy: 'host',
    words: 'Error 304: OS call failed or operation not supported on this OS',
    pattern: /OS call failed or operation not supported on this OS/,
    details: () => ({
      message: 'The system refused a call that the driver needs (CUDA error 304).',
      remedy:
        'Sandboxes (gVisor, a seccomp profile) and limits on locked memory do this: compare with a container started with --gpus all and --ulimit memlock=-1, and look at dmesg -T for NVRM. Another build of the engine does not help.',
    }),
  },
  {
    code: 'cuda-not-initialized',
    curedBy: 'arguments',
    words: 'CUDA error: initialization error',
    pattern: /(?:\bError 3: |CUDA error: )initialization error|CUDA_ERROR_NOT_INITIALIZED|cudaErrorInitializationError/,
    details: (match, _context, {ownSettings: {spawnedWorkers}}) => ({
      message: `${rankSubject(match)} could not initialize CUDA: it was forked from a process that had done so, or the driver is not in order.`,
      remedy: `Run python3 -c "import torch; torch.cuda.init()" where the engine runs. If that fails too, it is the driver: run nvidia-smi, and modprobe nvidia_uvm. If it works, ${spawnedWorkers === null ? '' : `set ${spawnedWorkers}, and `}remove what uses CUDA before the engine starts: a plugin, or a script that starts it.`,
    }),
  },
  {
    code: 'too-many-peers',
    curedBy: 'gpus',
    words: 'CUDA error: peer mapping resources exhausted',
    pattern: /peer mapping resources exhausted/,
    details: (_match, context) => tooManyPeers(context),
  },
];

function tooManyPeers({facts: {tensorParallelSize: size}}: LogContext): FailureDetails {
  const message = `Too many GPUs map each other's memory: without NVSwitch, a GPU does so with at most ${MOST_PEERS} others.`;
  const groups = size === undefined ? 0 : size / MOST_PEERS;
  const isSplit = Number.isInteger(groups) && groups > 1;
  return {
    message,
    remedy: `Use a tensor parallel size of at most ${MOST_PEERS}, with pipeline parallelism over the groups. Otherwise start with --disable-custom-all-reduce in engine.extraArguments and NCCL_P2P_DISABLE=1 (slower). Neither the memory nor an Xid is behind it.`,
    ...(isSplit ? {settingsChange: {tensorParallelSize: MOST_PEERS, pipelineParallelSize: groups}} : {}),
  };
}
