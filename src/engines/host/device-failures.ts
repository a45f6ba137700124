import type {Failure} from '../log/failure-catalog.ts';

/** GPUs that their driver took away while a program used them, in the words of Vulkan, SYCL, ROCm and WSL. In order of precedence. */
export const deviceFailures: readonly Failure[] = [
  {
    code: 'device-lost',
    curedBy: 'driver',
    words: "terminate called after throwing an instance of 'vk::DeviceLostError'",
    pattern:
      /vk::DeviceLostError|\bErrorDeviceLost\b|VK_ERROR_DEVICE_LOST|(?:UR_RESULT|PI|ZE_RESULT)_ERROR_DEVICE_LOST|DXGI_ERROR_DEVICE_(?:REMOVED|HUNG|RESET)|HW Exception by GPU node-\d+[^\n]{0,200}GPU Hang/,
    details: () => ({
      message:
        'The GPU was lost while it computed: its driver reset it, usually because one computation took too long or failed.',
      remedy:
        'Look in the kernel log for a reset (dmesg -T: amdgpu, i915, xe, NVRM). Restart with less work at a time (smaller batches, shorter prompts), then update driver and firmware, or use another backend (ROCm or CUDA instead of Vulkan). A GPU that is overclocked, hot or short of power looks the same.',
    }),
  },
  {
    code: 'device-lost',
    curedBy: 'host',
    words: 'RuntimeError: CUDA driver error: device not ready',
    pattern: /CUDA (?:driver )?error: device not ready|CUDA_ERROR_NOT_READY/,
    details: () => ({
      message:
        'The driver did not give the GPU back to the program (device not ready): under WSL, Windows reset it or moved its memory.',
      remedy:
        'Under WSL: if dmesg has dxgkio_make_resident with -12, GPU memory was short for Windows: use a smaller context or fraction, and end other programs on the GPU. Otherwise its watchdog ended a long computation: raise TdrDelay in the registry of Windows and reboot it, and process prompts in smaller parts. Errors of an allocator after it are consequences. Without WSL, look for an Xid.',
    }),
  },
  {
    // PyTorch's allocator keeps handles of memory that the driver took away.
    code: 'device-lost',
    curedBy: 'host',
    isConsequence: true,
    words: 'RuntimeError: !handles_.at(i) INTERNAL ASSERT FAILED at "c10/cuda/CUDACachingAllocator.cpp":427',
    pattern: /handles_\.at\(i\) INTERNAL ASSERT FAILED/,
    details: () => ({
      message: 'GPU memory that the program held is gone: the GPU was reset.',
      remedy: 'The first error above it, or the kernel log at this time, says why.',
    }),
  },
];
