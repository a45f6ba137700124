import type {Failure} from '../log/failure-catalog.ts';

const NODE_RUNTIME =
  'On the node, install nvidia-container-toolkit, run nvidia-ctk runtime configure for its container runtime and restart that; or give the pod runtimeClassName: nvidia. On a node without GPUs, keep the pod away (nodeSelector). The image is not the cause.';

/**
 * NVIDIA's programs around an engine that manage GPUs by NVML: the device plugin and feature discovery of Kubernetes, DCGM and
 * its exporter, monitors. In order of precedence. Names of results as in `nvml.h` and in its binding for Go.
 */
export const managementFailures: readonly Failure[] = [
  {
    code: 'driver-mismatch',
    curedBy: 'driver',
    words: 'nvml init failed: ERROR_LIB_RM_VERSION_MISMATCH',
    pattern: /\b(?:NVML_)?ERROR_LIB_RM_VERSION_MISMATCH\b/,
    details: () => ({
      message: 'The loaded driver and its library have different versions: the driver was upgraded while loaded.',
      remedy: 'Reboot the host, or reload the driver while nothing uses the GPUs. The container is not the cause.',
    }),
  },
  {
    code: 'container-without-gpus',
    curedBy: 'host',
    words: 'unable to create plugin manager: nvml init failed: ERROR_LIBRARY_NOT_FOUND',
    pattern:
      /(?:nvml init failed|[Ff]ailed to (?:initialize|init) NVML|NVML initialization failed|nvml): ?(?:NVML_)?(?:ERROR_LIBRARY_NOT_FOUND|could not load NVML library|Library Not Found|NVML Shared Library Not Found)|Incompatible (?:device discovery )?strategy detected/i,
    details: () => ({
      message:
        'A program that manages GPUs finds no driver library (libnvidia-ml): its container was started without GPUs.',
      remedy: NODE_RUNTIME,
    }),
  },
  {
    code: 'no-gpu',
    curedBy: 'driver',
    words: 'nvml init failed: ERROR_DRIVER_NOT_LOADED',
    pattern: /\b(?:NVML_)?ERROR_DRIVER_NOT_LOADED\b|\bnvml: Driver Not Loaded/i,
    details: () => ({
      message: 'The NVIDIA driver is not loaded on this host.',
      remedy:
        'Load it (modprobe nvidia) or install it; after a kernel upgrade it must be rebuilt (dkms status). With the GPU operator, look at the pod of its driver first.',
    }),
  },
  {
    code: 'nvml-failed',
    curedBy: 'driver',
    words: 'nvml init failed: ERROR_NO_PERMISSION',
    pattern:
      /(?:nvml init failed|[Ff]ailed to (?:initialize|init) NVML|NVML initialization failed): ?(?:NVML_)?(ERROR_[A-Z_]{3,40})/,
    details: ([, result]) => ({
      message: `A program that manages GPUs could not start the driver library: ${result}.`,
      remedy:
        'Run nvidia-smi where it runs, then on the host. If only the first fails, the container lacks the devices or the right to use them; if both do, read the kernel log (dmesg | grep NVRM).',
    }),
  },
  {
    code: 'gpu-unhealthy',
    curedBy: 'hardware',
    words: 'XidCriticalError: Xid=79 on Device=GPU-03460ed0; marking device as unhealthy.',
    pattern: /XidCriticalError: Xid=(\d{1,3}) on Device=(\S{1,80}?)[;,]/,
    details: ([, xid, device]) => ({
      message: `The device plugin took the GPU ${device} out of use: the driver reported Xid ${xid}.`,
      remedy:
        'Look for the Xid in the kernel log of that node (dmesg -T | grep Xid): it says whether the GPU failed or a program did. When the GPU works again, restart the pod of the device plugin there.',
    }),
  },
  {
    code: 'gpu-unhealthy',
    curedBy: 'hardware',
    words: "'nvidia.com/gpu' device marked unhealthy: GPU-03460ed0",
    pattern:
      /'(?:nvidia\.com\/[\w.-]{1,60})' device marked unhealthy: (\S{1,80})|[Mm]arking device (\S{1,80}) as unhealthy/,
    details: ([, first, second]) => ({
      message: `The device plugin took the GPU ${first ?? second} out of use: no new pod gets it.`,
      remedy:
        'The line before it, or an Xid in the kernel log of that node (dmesg -T | grep Xid), says why. When the GPU works again, restart the pod of the device plugin there.',
    }),
  },
  {
    code: 'dcgm-unreachable',
    curedBy: 'host',
    words: 'error connecting to nv-hostengine: Host engine connection invalid/disconnected',
    pattern: /error connecting to nv-hostengine|unable to establish a connection to the specified host: /i,
    details: () => ({
      message: 'The service of DCGM (nv-hostengine) is not reached.',
      remedy:
        'Start it (systemctl start nvidia-dcgm) or the pod of it, and check its address and port (5555). Engines do not need it: only metrics of the GPUs are missing.',
    }),
  },
];
