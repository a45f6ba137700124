import {describe, expect, test} from 'vitest';
import {findingOf, type Row, testHealthy, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    'vllm.third_party.pynvml.NVMLError_LibRmVersionMismatch: RM has detected an NVML/RM version mismatch.',
    'driver-mismatch',
    /Reboot/,
  ],
  ['sglang', 'Failed to initialize NVML: Driver/library version mismatch', 'driver-mismatch', /Reboot/],
  ['vllm', 'pynvml.NVMLError_DriverNotLoaded: Driver Not Loaded', 'no-gpu', /on the host/],
  ['vllm', 'pynvml.NVMLError_GpuIsLost: GPU is lost', 'gpu-lost', /Xid/],
  ['sglang', 'pynvml.NVMLError_NoPermission: Insufficient Permissions', 'device-not-permitted', /dev\/nvidia/],
  ['vllm', 'vllm.third_party.pynvml.NVMLError_InvalidArgument: Invalid Argument', 'visible-devices', /from 0/],
  ['vllm', 'pynvml.NVMLError_NotFound: Not Found', 'visible-devices', /CUDA_VISIBLE_DEVICES unset/],
  ['vllm', 'pynvml.NVMLError_Unknown: Unknown Error', 'container-lost-gpus', /create the container again/, /Xid/],
  ['vllm', 'pynvml.NVMLError_NotSupported: Not Supported', 'nvml-unsupported', /release of vLLM/],
  ['vllm', 'RuntimeError: CUDA error: operation not permitted', 'container-lost-gpus', /daemon-reload/, /Xid/],
  [
    'vllm',
    'RuntimeError: CUDA error: operation not permitted when stream is capturing',
    'graph-capture-failed',
    /--enforce-eager/,
    /container/,
  ],
  [
    'sglang',
    'RuntimeError: CUDA error: operation not permitted when stream is capturing',
    'graph-capture-failed',
    /--disable-cuda-graph/,
    /container/,
  ],
  [
    'vllm',
    'RuntimeError: Unexpected error from cudaGetDeviceCount(). Error 304: OS call failed or operation not supported on this OS',
    'cuda-not-available',
    /memlock/,
  ],
  ['vllm', 'torch.AcceleratorError: CUDA error: initialization error', 'cuda-not-initialized', /METHOD=spawn/, /Xid/],
  [
    'sglang',
    'RuntimeError: Unexpected error from cudaGetDeviceCount(). Error 3: initialization error',
    'cuda-not-initialized',
    /nvidia_uvm/,
  ],
  ['sglang', 'RuntimeError: CUDA error: peer mapping resources exhausted', 'too-many-peers', /at most 8/, /Look for/],
];

describe('what the libraries of the driver say', () => {
  testRows(rows);

  test('a split over more GPUs than can map each other is offered in groups', () => {
    const arguments16 = "[2026-10-04 02:14:55] server_args=ServerArgs(model_path='/m', tp_size=16)";
    const error = 'RuntimeError: CUDA error: peer mapping resources exhausted';
    expect(findingOf('sglang', arguments16, error)?.settingsChange).toEqual({
      tensorParallelSize: 8,
      pipelineParallelSize: 2,
    });
    expect(findingOf('sglang', arguments16.replace('16', '8'), error)?.settingsChange).toBeNull();
  });

  testHealthy([
    'DEBUG 11-23 02:00:05 [__init__.py:40] Exception happens when checking CUDA platform: NVML Shared Library Not Found',
    "/opt/venv/torch/cuda/__init__.py:789: UserWarning: Can't initialize NVML",
    'INFO 11-23 02:00:05 [cuda.py:1] initialization of error counters finished, operation permitted',
  ]);
});
