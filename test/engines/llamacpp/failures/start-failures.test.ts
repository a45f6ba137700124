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

test.each([
  ['llama-server: symbol lookup error: /usr/lib/libllama.so: undefined symbol: ggml_x', 'library-mismatch', /ldconfig/],
  ['llama_model_load: error loading model: mmap failed: Operation not permitted', 'mmap-failed', /--no-mmap/],
  ['Failed to connect to 10.0.0.2:50052', 'rpc-unreachable', /rpc-server/],
  ['Failed to connect to :50052', 'rpc-unreachable', /HOST:PORT/],
  [
    'alloc_tensor_range: failed to allocate RPC0[10.0.0.2:50052] buffer of size 97710505984',
    'rpc-memory',
    /--tensor-split/,
  ],
  ['gguf_init_from_file: invalid magic number 67676d66', 'model-not-gguf', /Use a GGUF file/],
  ['gguf_init_from_file: invalid magic number 3c21646f', 'model-not-gguf', /web page/],
  ['error: invalid argument: auto', 'unknown-argument', /--flash-attn had none/],
  ['error: invalid argument: model.gguf', 'unknown-argument', /quote the whole value/],
  ['gguf_init_from_file: invalid magic number 73726576', 'model-not-gguf', /git lfs pull/],
  ['update_slots : failed to decode the batch, n_batch = 1, ret = 1', 'kv-cache-full', /larger context/],
  [
    'init: the tokens of sequence 0 in the input batch have inconsistent sequence positions:',
    'request-positions',
    /server continues/,
  ],
  [
    'common_fit_params: failed to fit params to free device memory: llama_params_fit is not implemented for SPLIT_MODE_ROW, abort',
    'memory-not-fitted',
    /--split-mode layer/,
  ],
  ['error: built without CURL, cannot download model from the internet', 'download-unsupported', /OpenSSL/],
  [
    'common_speculative_are_compatible: draft model vocab type must match target model to use speculation',
    'draft-mismatch',
    /same family/,
  ],
  ['  what():  Value is not callable: null at row 58, column 111', 'template-failed', /--chat-template-file/],
  ['/src/ggml/src/ggml-cuda/mmq.cuh:4254: fatal error', 'assertion', /--flash-attn off/],
  [
    'llama_model_load: error loading model: error loading model vocabulary: cannot find tokenizer merges in model file',
    'model-vocabulary',
    /another conversion/,
  ],
  ['  what():  std::bad_alloc', 'host-memory', /free -h/],
  [
    'ValueError: Attempt to split tensors that exceed maximum supported devices. Current LLAMA_MAX_DEVICES=1',
    'wrong-build',
    /build for CUDA/,
  ],
  [
    'gguf_init_from_file: GGUFv1 is no longer supported. please use a more up-to-date version',
    'model-too-old',
    /convert/,
  ],
  [
    "ggml_new_object: not enough space in the context's memory pool (needed 4096, available 4080)",
    'assertion',
    /neither GPU memory/,
  ],
])('%s', (line, code, fix) => {
  const finding = diagnosisOf('llamacpp', [line])?.findings.find((one) => one.code === `llamacpp.${code}`);
  expect(finding?.remedy).toMatch(fix);
});

test.each([
  'libc++abi: terminating due to uncaught exception of type std::runtime_error: no such layer',
  'libc++abi.dylib: terminating with uncaught exception of type std::out_of_range: vector',
  'libc++abi: terminating due to uncaught foreign exception',
])('%s ends the program', (line) => {
  const found = diagnosisOf('llamacpp', ['load_tensors: loading model tensors, this can take a while...', line]);
  expect(found?.exit).toBe('failed');
  expect(found?.findings[0]?.message).toContain('terminating');
});
