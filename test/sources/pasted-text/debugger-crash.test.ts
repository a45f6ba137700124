import {expect, test} from 'vitest';
import {readLines} from './read-lines.ts';

const frames = [
  '#0  0x00007f22410a in ggml_cuda_compute_forward () from /opt/llama.cpp/bin/libggml-cuda.so',
  '#1  0x00007f22410b in llama_decode () from /opt/llama.cpp/bin/libllama.so',
  '#2  0x000055d0410c in main () at tools/server/server.cpp:88',
];

test('the frames of a debugger tell which engine crashed, and where', () => {
  const read = readLines(['Thread 1 "llama-server" received signal SIGSEGV, Segmentation fault.', ...frames]);
  expect(read).toMatchObject({engine: 'llamacpp', exit: 'failed', findings: [{code: 'log.process-crashed'}]});
  expect(read?.findings[0]?.message).toContain('ggml_cuda_compute_forward()');
});

test('an abort among the frames of llama.cpp is one of llama.cpp', () => {
  const read = readLines(['double free or corruption (!prev)', ...frames, 'Aborted (core dumped)']);
  expect(read).toMatchObject({engine: 'llamacpp', exit: 'failed'});
});

test('the same frames without a crash are stacks at one moment', () => {
  expect(readLines(frames)).toMatchObject({kind: 'stacks', exit: 'no-failure'});
});
