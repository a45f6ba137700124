import {expect, test} from 'vitest';
import {diagnosisOf, findingOf} from '../../torch/torch-findings.ts';

test.each([
  'llama_model_load_from_file_impl: no backends are loaded. hint: use ggml_backend_load() or ggml_backend_load_all() to load a backend before calling this function',
  'llama_model_load: error loading model: make_cpu_buft_list: no CPU backend found',
])('%s: the build, not the model', (line) => {
  const finding = findingOf('llamacpp', line, 'llama_model_load_from_file_impl: failed to load model');
  expect(finding?.code).toBe('llamacpp.no-backend');
  expect(finding?.remedy).toContain('not the cause');
});

test('weights that are not locked are a warning', () => {
  const diagnosis = diagnosisOf('llamacpp', [
    'warning: failed to mlock 65536000-byte buffer (after previously locking 0 bytes): Cannot allocate memory',
    "Try increasing RLIMIT_MEMLOCK ('ulimit -l' as root).",
    'main: server is listening on http://127.0.0.1:8080',
  ]);
  expect(diagnosis?.findings).toMatchObject([{code: 'llamacpp.weights-not-locked', severity: 'warning'}]);
  expect(diagnosis?.exit).not.toBe('failed');
});
