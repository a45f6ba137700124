import type {TorchFailure} from '../torch-engine.ts';

const NVIDIA_RUNTIME =
  'Install nvidia-container-toolkit on the host, run nvidia-ctk runtime configure --runtime=docker, and restart Docker. The image and the GPUs are not the cause.';

/** Containers that do not start or have no GPUs, as Docker, Podman, Kubernetes and NVIDIA's container runtime say it. */
export const containerFailures: readonly TorchFailure[] = [
  {
    code: 'driver-mismatch',
    curedBy: 'driver',
    words: 'nvidia-container-cli: initialization error: nvml error: driver/library version mismatch: unknown',
    pattern: /(?:nvidia-container-cli: |nvml error: )[^\n]{0,80}driver\/library version mismatch/i,
    details: () => ({
      message:
        'The container was not started: the loaded driver and its library have different versions, because the driver was upgraded while loaded.',
      remedy: 'Reboot the host, or reload the driver while nothing uses the GPUs. The image is not the cause.',
    }),
  },
  {
    code: 'container-without-gpus',
    curedBy: 'host',
    words: 'Error: stat nvidia.com/gpu=all: no such file or directory',
    pattern:
      /\bstat nvidia\.com\/gpu\S{0,60}: no such file or directory|conmon bytes "": readObjectStart: expect \{ or n/,
    details: () => ({
      message: 'The container was not started: Podman has no usable description of the GPUs (CDI).',
      remedy:
        'Update nvidia-container-toolkit, create the description (sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml), and do so again after each upgrade of the driver; nvidia-ctk cdi list shows what there is.',
    }),
  },
  {
    code: 'driver-too-old',
    curedBy: 'driver',
    words: 'nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.9, please update your driver',
    pattern: /nvidia-container-cli: requirement error: (?:unsatisfied condition: |invalid expression: )?([^\n,]{1,80})/,
    details: ([, condition]) => ({
      message: `The container was not started: its image needs another driver (${condition?.trim()}).`,
      remedy: 'Upgrade the driver of the host, or use an image for the CUDA version that nvidia-smi shows.',
    }),
  },
  {
    code: 'no-gpu',
    curedBy: 'driver',
    words:
      'nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1: cannot open shared object file',
    pattern: /nvidia-container-cli: initialization error: (?:load library failed: )?([^\n:]{1,100})/,
    details: ([, reason]) => ({
      message: `The container was not started: the host has no usable NVIDIA driver (${reason?.trim()}).`,
      remedy: 'Run nvidia-smi on the host: install or reload the driver there. The image is not the cause.',
    }),
  },
  {
    code: 'no-gpu',
    curedBy: 'arguments',
    words: 'nvidia-container-cli: device error: 7: unknown device: unknown',
    pattern: /nvidia-container-cli: device error: ([^\n:]{1,80}): unknown device/,
    details: ([, device]) => ({
      message: `The container was not started: this host has no GPU ${device}.`,
      remedy: 'Correct --gpus or NVIDIA_VISIBLE_DEVICES, and check gantry gpus for a lost GPU.',
    }),
  },
  {
    code: 'container-without-gpus',
    curedBy: 'host',
    words: 'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].',
    pattern:
      /could not select device driver "[^"\n]{0,40}" with capabilities: \[\[gpu\]\]|unknown or invalid runtime name: nvidia/,
    details: () => ({
      message: 'The container was not started: Docker has no NVIDIA runtime.',
      remedy: NVIDIA_RUNTIME,
    }),
  },
  {
    code: 'container-without-gpus',
    curedBy: 'host',
    words: 'Error: setting up CDI devices: unresolvable CDI devices nvidia.com/gpu=all',
    pattern:
      /failed to discover GPU vendor from CDI|unresolvable CDI devices? ([^\s,]{1,100})|CDI device injection failed/,
    details: (match) => ({
      message: `The container was not started: no GPU is described to the container runtime${match[1] === undefined ? '' : ` (${match[1]})`}.`,
      remedy:
        'On the host, run nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml, again after each upgrade of the driver. Without nvidia-ctk, install nvidia-container-toolkit first.',
    }),
  },
  {
    code: 'container-without-gpus',
    curedBy: 'hardware',
    words: '0/4 nodes are available: 4 Insufficient nvidia.com/gpu.',
    pattern: /\b(\d{1,5}) Insufficient (nvidia\.com\/[\w.-]{1,60})/,
    details: ([, nodes, resource]) => ({
      message: `Kubernetes has no node with as many free GPUs as the pod requests (${nodes} too small or taken, by ${resource}).`,
      remedy:
        'Compare the limits of the pod with kubectl describe nodes: end pods that hold GPUs, request fewer, or install the NVIDIA device plugin on nodes that show none.',
    }),
  },
  {
    code: 'command-missing',
    curedBy: 'installation',
    words:
      'runc create failed: unable to start container process: exec: "vllm-server": executable file not found in $PATH',
    pattern:
      /unable to start container process: (?:error during container init: )?exec: "([^"\n]{1,200})": (?:stat \S{1,300}: )?(?:executable file not found|no such file or directory|(permission denied))/,
    details: ([, program, denied]) =>
      denied === undefined
        ? {
            message: `The container was not started: its image has no program ${program}.`,
            remedy:
              'Check the arguments after the image name: for an image with an entry point only its arguments, otherwise the command of the engine. docker inspect IMAGE shows both.',
          }
        : {
            message: `The container was not started: ${program} may not be executed.`,
            remedy: `Make it executable (chmod +x) where it is copied into the image or mounted from; a directory, or a file system mounted with noexec, gives the same error.`,
          },
  },
  {
    code: 'image-missing',
    curedBy: 'installation',
    words: 'manifest for vllm/vllm-openai:v9.9.9 not found: manifest unknown: manifest unknown.',
    pattern: /manifest for (\S{1,300}) not found|Failed to pull image "([^"\n]{1,300})"|manifest unknown/,
    details: (match) => ({
      message: `The image${match[1] === undefined && match[2] === undefined ? '' : ` ${match[1] ?? match[2]}`} could not be pulled.`,
      remedy: 'Check its name and tag, and that this host reaches the registry and may read from it.',
    }),
  },
  {
    code: 'disk-full',
    curedBy: 'host',
    words: 'failed to register layer: write /usr/local/lib/libx.so: no space left on device',
    pattern:
      /(?:failed to register layer|failed to extract layer|error (?:creating|extracting))[^\n]{0,300}no space left on device/i,
    details: () => ({
      message: 'The disk on which the container runtime keeps its images is full.',
      remedy:
        'Delete images that are not used (docker system prune -a), or move its directory (data-root of Docker) to a larger disk. The disk of the model is another one.',
    }),
  },
  {
    code: 'port-in-use',
    curedBy: 'other-programs',
    words: 'Bind for 0.0.0.0:8000 failed: port is already allocated',
    pattern: /Bind for (\S{1,100}):(\d{1,5}) failed: port is already allocated/,
    details: ([, , port]) => ({
      message: `Port ${port} of the host is used by another container.`,
      remedy: 'Stop that container (docker ps shows it), or publish another port.',
    }),
  },
];
