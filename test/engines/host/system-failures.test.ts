import {describe, expect, test} from 'vitest';
import {findingOf, type Row, testHealthy, testRows} from '../torch/torch-findings.ts';

const rows: readonly Row[] = [
  ['vllm', 'exec /usr/bin/python3: exec format error', 'wrong-architecture', /--platform/],
  ['llamacpp', 'bash: ./llama-server: cannot execute binary file: Exec format error', 'wrong-architecture', /uname -m/],
  ['sglang', "OSError: [Errno 8] Exec format error: '/opt/cuda/bin/nvcc'", 'wrong-architecture', /uname -m/],
  [
    'sglang',
    'slurmstepd: error: Detected 3 oom_kill events in StepId=88.0. Some of the step tasks have been OOM Killed.',
    'host-memory',
    /--mem=0/,
  ],
  ['llamacpp', 'srun: error: node7: task 0: Out Of Memory', 'host-memory', /--mem=0/],
  ['vllm', '/bin/bash: fork: retry: Resource temporarily unavailable', 'too-many-threads', /--pids-limit/],
  [
    'vllm',
    "OSError: [Errno 16] Device or resource busy: '/home/u/.cache/x/.nfs0000000001f2a3b400000021'",
    'file-busy',
    /lsof/,
  ],
  ['sglang', "PermissionError: [Errno 13] Permission denied: '/dev/nvidiactl'", 'device-not-permitted', /usermod/],
];

describe('what any program meets on its host', () => {
  testRows(rows);

  test('without an engine the same is found', () => {
    expect(findingOf('none', 'exec /usr/bin/python3: exec format error')?.code).toBe('common.wrong-architecture');
  });

  test.each([
    ['Bus error (core dumped)', /shorter than its header.*\/dev\/shm/],
    ['Fatal Python error: Bus error', /file system/],
    ['Illegal instruction (core dumped)', /AVX-512/],
    ['Fatal Python error: Illegal instruction', /built for another one/],
  ])('%s says what the signal means', (line, fix) => {
    expect(findingOf('vllm', line)).toMatchObject({code: 'log.process-crashed', remedy: expect.stringMatching(fix)});
  });

  testHealthy([
    'INFO 11-23 02:00:05 [cuda.py:1] Permission to use /dev/nvidiactl is there',
    'slurmstepd: info: task launch finished, no oom event',
  ]);
});
