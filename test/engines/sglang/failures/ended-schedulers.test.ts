import {expect, test} from 'vitest';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';

const server = [
  '[2026-02-25 15:04:39] INFO:     Waiting for application startup.',
  '[2026-02-25 15:04:39] ERROR:    Traceback (most recent call last):',
  '  File "/opt/venv/sglang/srt/entrypoints/openai/serving_base.py", line 35, in __init__',
  '    if isinstance(self.tokenizer_manager.server_args, ServerArgs)',
  "AttributeError: 'NoneType' object has no attribute 'server_args'",
  '[2026-02-25 15:04:39] ERROR:    Application startup failed. Exiting.',
];
const ended = (code: number): string =>
  `[2026-02-25 15:04:37] Scheduler or DataParallelController 4711 terminated with ${code}`;

test('schedulers that ended are above what the API server without them reports', () => {
  const found = readLines([ended(255), ...server]);
  expect(found?.findings[0]).toMatchObject({code: 'sglang.scheduler-died', evidence: `line 1: ${ended(255)}`});
});

test('their own error is above both', () => {
  const found = readLines([
    'RuntimeError: CUDA error: an illegal memory access was encountered',
    ended(255),
    ...server,
  ]);
  expect(found?.findings[0]?.code).toBe('sglang.cuda-error');
});

test('one that was killed points to the memory of the host, and one that ended by itself is no failure', () => {
  expect(readLines([ended(-9), ...server])?.findings[0]?.remedy).toContain('Out of memory');
  expect(readLines([ended(0)])?.exit).not.toBe('failed');
});
