/** What to install for a Python module whose package has another name, or is an extra of an engine. */
const packageOfModule: ReadonlyMap<string, string> = new Map([
  ['PIL', 'pillow'],
  ['cv2', 'opencv-python-headless'],
  ['yaml', 'pyyaml'],
  ['zmq', 'pyzmq'],
  ['google', 'protobuf'],
  ['pynvml', 'nvidia-ml-py'],
  ['flashinfer', 'flashinfer-python'],
  ['flash_attn', 'flash-attn'],
  ['sgl_kernel', 'sgl-kernel'],
  ['sklearn', 'scikit-learn'],
  ['mooncake', 'mooncake-transfer-engine'],
]);

/** Packages that are built from source, for the GPUs of the host. */
export const builtFromSource: ReadonlySet<string> = new Set([
  'deep_ep',
  'deep_gemm',
  'flash_mla',
  'nvshmem',
  'pplx_kernels',
]);

/** The name by which pip installs the package of a module. */
export function pipNameOf(module: string): string {
  return packageOfModule.get(module) ?? module;
}
