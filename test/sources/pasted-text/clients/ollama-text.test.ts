import {expect, test} from 'vitest';
import {readLines} from '../read-lines.ts';

const said = (level: string, message: string, rest = ''): string =>
  `time=2026-05-06T12:30:01.100Z level=${level} source=routes.go:1287 msg="${message}"${rest}`;
const start = [said('INFO', 'Listening on [::]:11434 (version 0.9.6)'), said('INFO', 'looking for compatible GPUs')];

test('a server that found no GPU is named, with what it computes on', () => {
  const found = readLines([
    ...start,
    said('INFO', 'no compatible GPUs were discovered'),
    said('INFO', 'inference compute', ' id=0 library=cpu total="31.0 GiB"'),
    '[GIN] 2026/05/06 - 12:31:00 | 200 |    3.3ms |      172.17.0.1 | GET      "/api/tags"',
  ]);
  expect(found).toMatchObject({
    kind: 'server-log',
    displayName: 'Log of Ollama 0.9.6',
    exit: 'no-failure',
    findings: [{code: 'server.computes-on-cpu', severity: 'warning', remedy: expect.stringContaining('--gpus all')}],
  });
  expect(found?.kind === 'server-log' && found.summary[0]).toContain('computes on: cpu');
});

test('one with a GPU has no finding', () => {
  const found = readLines([...start, said('INFO', 'inference compute', ' id=GPU-1 library=CUDA compute=9.0')]);
  expect(found).toMatchObject({kind: 'server-log', findings: []});
});

test('a model that is larger than the memory is a failure', () => {
  const found = readLines([
    ...start,
    said(
      'WARN',
      'model request too large for system',
      ' error="model requires more system memory (12.0 GiB) than is available (7.5 GiB)"',
    ),
  ]);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: 'server.model-too-large'}]});
  expect(found?.findings[0]?.message).toContain('12.0 GiB');
});

test('a runner that does not load the model is llama.cpp', () => {
  const found = readLines([
    ...start,
    "llama_model_load: error loading model: unknown model architecture: 'nova9'",
    said('ERROR', 'Load failed'),
  ]);
  expect(found).toMatchObject({kind: 'engine-log', engine: 'llamacpp', exit: 'failed'});
});
