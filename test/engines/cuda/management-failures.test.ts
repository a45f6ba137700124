import {describe, expect, test} from 'vitest';
import {readLines} from '../../sources/pasted-text/read-lines.ts';
import {testHealthy} from '../torch/torch-findings.ts';

const at = 'E0506 12:30:07.123456       1';

describe('programs that manage GPUs', () => {
  test.each([
    [
      `${at} main.go:198] error starting plugins: error getting plugins: unable to create plugins: nvml init failed: ERROR_LIBRARY_NOT_FOUND`,
      'container-without-gpus',
      /runtimeClassName/,
    ],
    [
      'error starting plugins: error creating plugin manager: unable to create plugin manager: nvml init failed: ERROR_LIBRARY_NOT_FOUND',
      'container-without-gpus',
      /runtimeClassName/,
    ],
    [`${at} factory.go:118] Incompatible strategy detected auto`, 'container-without-gpus', /nvidia-ctk/],
    [
      '2026/05/06 12:30:07 Failed to initialize NVML: could not load NVML library.',
      'container-without-gpus',
      /nvidia-ctk/,
    ],
    [`${at} factory.go:99] Failed to initialize NVML: ERROR_DRIVER_NOT_LOADED.`, 'no-gpu', /modprobe nvidia/],
    [`${at} factory.go:105] nvml init failed: ERROR_LIB_RM_VERSION_MISMATCH`, 'driver-mismatch', /Reboot/],
    [`${at} factory.go:105] nvml init failed: ERROR_NO_PERMISSION`, 'nvml-failed', /nvidia-smi where it runs/],
    [
      'I0506 12:30:07.1 1 health.go:169] XidCriticalError: Xid=79 on Device=GPU-03460ed0-0b72-7fcc-9e49-a215c3e33c58; marking device as unhealthy.',
      'gpu-unhealthy',
      /grep Xid/,
    ],
    [
      "I0506 12:30:07.1 1 server.go:279] 'nvidia.com/gpu' device marked unhealthy: GPU-03460ed0-0b72-7fcc-9e49-a215c3e33c58",
      'gpu-unhealthy',
      /device plugin there/,
    ],
    [
      'Error starting DCGM: error connecting to nv-hostengine: Host engine connection invalid/disconnected',
      'dcgm-unreachable',
      /nvidia-dcgm/,
    ],
  ])('%s', (line, code, remedy) => {
    const read = readLines([line]);
    expect(read).toMatchObject({exit: 'failed', findings: [{code: `common.${code}`}]});
    expect(read?.findings[0]?.remedy).toMatch(remedy);
  });

  testHealthy(['INFO 05-06 12:31:10 [loader.py:1] NVML is used to find the topology of the GPUs']);
});
