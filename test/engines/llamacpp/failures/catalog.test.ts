import {describe, expect, test} from 'vitest';
import {applySettingsChange, settingsChangeSchema} from '../../../../src/domain/settings/launch-settings.ts';
import {type LogContext, unknownLogContext} from '../../../../src/engines/engine.ts';
import {llamacpp} from '../../../../src/engines/llamacpp/llamacpp.ts';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';
import {ggufSettings} from '../test-settings.ts';

type Row = readonly [
  line: string,
  code: string,
  says: RegExp,
  change: Record<string, number> | null,
  context?: Partial<LogContext>,
];

const causes: readonly Row[] = [
  [
    "0.00.003.933 E gguf_init_from_file: failed to open GGUF file 'nope.gguf' (No such file or directory)",
    'model-missing',
    /nope\.gguf cannot be opened: No such file or directory\.$/,
    null,
  ],
  [
    "0.00.003.933 E gguf_init_from_file: failed to open GGUF file '/m/x.gguf'",
    'model-missing',
    /file \/m\/x\.gguf cannot be opened\.$/,
    null,
  ],
  [
    '0.00.003.933 E llama_model_load: failed to open /m/kimi.gguf',
    'model-missing',
    /file \/m\/kimi\.gguf cannot be opened\.$/,
    null,
  ],
  [
    "0.00.004.124 E gguf_init_from_reader: invalid magic characters: '<!DO', expected 'GGUF'",
    'model-not-gguf',
    /starts with "<!DO"/,
    null,
  ],
  [
    "0.00.004.124 E llama_model_load: error loading model: unknown model architecture: 'kimi-k3'",
    'model-unknown-architecture',
    /the architecture "kimi-k3"\.$/,
    null,
  ],
  [
    "0.00.004.124 E llama_model_load: error loading model: unknown tokenizer: 'kimi'",
    'model-unknown-architecture',
    /the tokenizer "kimi"\.$/,
    null,
  ],
  [
    "0.00.004.124 E llama_model_load: error loading model: unknown pre-tokenizer type: 'kimi-k3'",
    'model-unknown-architecture',
    /the tokenizer "kimi-k3"\.$/,
    null,
  ],
  ['common_download_file_single: HTTP request failed', 'download-failed', /could not be downloaded/, null],
  ['common_download_file_single_online: the request failed', 'download-failed', /could not be downloaded/, null],
  [
    'error: failed to download model from https://hub.example/kimi.gguf',
    'download-failed',
    /could not be downloaded/,
    null,
  ],
  ['error from HF API: rate limited', 'download-failed', /could not be downloaded/, null],
  ['E get_hf_file: HTTP status 401', 'download-failed', /no access to the repository/, null],
  ['E get_hf_file: HTTP status code 403', 'download-failed', /no access to the repository/, null],
  ['E get_hf_file: HTTP status code 404', 'download-failed', /could not be downloaded/, null],
  ['ggml_cuda_init: failed to initialize CUDA: no driver', 'no-gpu', /finds no GPU: no driver\.$/, null],
  ['ggml_cuda_init: failed to initialize CUDA: unknown error', 'no-gpu', /CUDA does not start.*unknown error/, null],
  ['ggml_cuda_init: no CUDA-capable device is detected', 'no-gpu', /finds no GPU\.$/, null],
  [
    "0.00.004.124 E llama_model_load: error loading model: tensor 'blk.3.ffn' data is not within the file bounds, model is corrupted or incomplete",
    'model-incomplete',
    /incomplete: the data of the tensor blk\.3\.ffn/,
    null,
  ],
  [
    '0.00.004.124 E llama_model_load: error loading model: failed to load GGUF split from /m/kimi-00003-of-00013.gguf',
    'model-split-missing',
    /00003-of-00013/,
    null,
  ],
  [
    '0.00.007.636 E llama_model_load_from_file_impl: exactly one out metadata, path_model, and file must be defined',
    'model-not-cached',
    /no model to load/,
    null,
  ],
  [
    "0.00.003.062 E srv         start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080",
    'port-in-use',
    /Port 8080 on 127\.0\.0\.1/,
    {port: 8081},
  ],
  ["E srv start: couldn't bind HTTP server socket, hostname: ::, port: 65534", 'port-in-use', /65534/, {port: 65_535}],
  ["E srv start: couldn't bind HTTP server socket, hostname: ::, port: 65535", 'port-in-use', /65535/, null],
  ['ggml_cuda_compute_forward: CUDA error: an illegal memory access', 'cuda-error', /an illegal memory access/, null],
  [
    'ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 68719476736',
    'host-memory',
    /^64\.0 GiB of host memory/,
    null,
  ],
  ['ggml_gallocr_reserve_n: failed to allocate CPU buffer of size 1073741824', 'host-memory', /^1\.00 GiB/, null],
  ['alloc_tensor_range: failed to allocate CPU_REPACK buffer of size 1073741824', 'host-memory', /^1\.00 GiB/, null],
  [
    'llama_model_load: error loading model: unable to allocate CPU buffer',
    'host-memory',
    /not the memory of the GPUs/,
    null,
  ],
  [
    'ggml_aligned_malloc: insufficient memory (attempted to allocate 2048.00 MB)',
    'host-memory',
    /^2\.00 GiB of host memory \(RAM\) could not be allocated for the KV cache \(262,144 tokens\): /,
    null,
    {phase: 'kv-cache', facts: {contextLengthTokens: 262_144}},
  ],
  ['alloc_tensor_range: unable to allocate CUDA0 buffer', 'weights-too-large', /^GPU 0 .*weights/, null],
  ['alloc_tensor_range: unable to allocate CUDA0_Split buffer', 'weights-too-large', /^A GPU .*weights/, null],
  ['error: invalid argument: --nope', 'unknown-argument', / support --nope\.$/, null],
  [
    'error while handling argument "-c": stoi',
    'invalid-argument',
    /-c: it is not a number, or is out of range\.$/,
    null,
  ],
  ['error while handling argument "-ctk": Unsupported cache type: q9', 'invalid-argument', /type: q9\.$/, null],
  ['/src/ggml-cuda.cu:99: GGML_ASSERT(ne00 == ne02) failed', 'assertion', /ne00 == ne02/, null],
  [
    'ggml_backend_cuda_buffer_type_alloc_buffer: allocating 71234.00 MiB on device 3: cudaMalloc failed: out of memory',
    'out-of-memory-loading',
    /GPU 3 ran out of memory allocating 69\.6 GiB.*weights/,
    null,
    {phase: 'load-weights'},
  ],
  [
    'ggml_backend_cuda_buffer_type_alloc_buffer: allocating 9072.00 MiB on device 0: cudaMalloc failed: out of memory',
    'out-of-memory-kv-cache',
    /8\.86 GiB for the KV cache \(262,144 tokens\)\.$/,
    null,
    {phase: 'kv-cache', facts: {contextLengthTokens: 262_144}},
  ],
  [
    'ggml_backend_cuda_buffer_type_alloc_buffer: allocating 512.00 MiB on device 0: cudaMalloc failed: out of memory',
    'out-of-memory-serving',
    /while serving/,
    null,
    {isReady: true},
  ],
  [
    'llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache',
    'kv-cache-too-large',
    /KV cache does not fit/,
    null,
  ],
  ['graph_reserve: failed to allocate compute buffers', 'compute-buffer-too-large', /compute buffers/, null],
  [
    'ggml_cuda_init: failed to initialize CUDA: forward compatibility was attempted on non supported HW',
    'forward-compatibility',
    /error 804/,
    null,
  ],
  ['CUDA error: CUDA-capable device(s) is/are busy or unavailable', 'gpu-busy', /^A GPU cannot be used/, null],
  [
    'ggml_cuda_graph_evaluate_and_capture: op not supported __fattn__-12 (FLASH_ATTN_EXT)',
    'operation-unsupported',
    /cannot compute FLASH_ATTN_EXT/,
    null,
  ],
  ['ggml_vulkan: Error: Missing op: FLASH_ATTN_EXT', 'operation-unsupported', /cannot compute FLASH_ATTN_EXT/, null],
  [
    "ggml_metal_op_encode_impl: error: unsupported op 'MUL_MAT_ID'",
    'operation-unsupported',
    /cannot compute MUL_MAT_ID/,
    null,
  ],
  [
    '/src/ggml/src/ggml-backend.cpp:842: pre-allocated tensor (cache_k_l0 (view)) in a buffer (Vulkan0) that cannot run the operation (SET_ROWS)',
    'operation-unsupported',
    /^The backend Vulkan0 cannot compute SET_ROWS/,
    null,
  ],
  [
    'ERROR: CUDA kernel flash_attn_ext_vec has no device code compatible with CUDA arch 610. ggml-cuda.cu was compiled for: 750',
    'wrong-build',
    /no kernels for these GPUs/,
    null,
  ],
  ['CUDA error: uncorrectable ECC error encountered', 'ecc-error', /memory error/, null],
];

const consequences: readonly Row[] = [
  [
    "0.00.004.528 E srv    load_model: failed to load model, 'nope.gguf'",
    'model-load-failed',
    /was not loaded\.$/,
    null,
  ],
  ['llama_model_load: error loading model: bad tensor', 'model-load-failed', /was not loaded: bad tensor\.$/, null],
  ["0.00.004.528 E failed to create context with model 'x.gguf'", 'model-load-failed', /was not loaded\.$/, null],
  ["0.00.004.528 E failed to create_context with model 'x.gguf'", 'model-load-failed', /was not loaded\.$/, null],
  [
    '0.00.004.908 E srv  llama_server: exiting due to model loading error',
    'exiting',
    /exited: model loading error\.$/,
    null,
  ],
];

describe('the failure catalog of llama.cpp', () => {
  test.each([...causes.map((row) => [row, false] as const), ...consequences.map((row) => [row, true] as const)])(
    '%j',
    ([line, code, says, change, context = {}], isConsequence) => {
      const events = llamacpp
        .interpretLogLine(line, {...unknownLogContext, ...context})
        .filter(({type}) => type !== 'fact');
      expect(events).toMatchObject([
        {type: 'failure', isConsequence, finding: {code: `llamacpp.${code}`, severity: 'critical'}},
      ]);
      const [event] = events;
      if (event?.type !== 'failure') throw new Error('no failure');
      expect(event.finding.message).toMatch(says);
      expect(event.finding.settingsChange).toEqual(change);
      expect(event.finding.remedy).toMatch(/[.)]$/);
      if (change !== null) {
        const parsed = settingsChangeSchema.parse(event.finding.settingsChange);
        expect(applySettingsChange(ggufSettings(), parsed)).not.toEqual(ggufSettings());
      }
    },
  );

  test('a build without GPU support serves on the CPU: a warning for the whole run, and no reason for another failure', () => {
    const line = 'warning: no usable GPU found, --gpu-layers option will be ignored';
    expect(llamacpp.interpretLogLine(line, unknownLogContext)).toMatchObject([
      {type: 'notice', isLasting: true, finding: {code: 'llamacpp.no-usable-gpu', severity: 'warning'}},
    ]);
  });

  test('a full cache of a running server is a warning, not a failure', () => {
    const line =
      '9.00.000.000 W srv  update_slots: failed to find free space in the KV cache, retrying with smaller batch size, i = 0, n_batch = 1024, ret = 1';
    expect(llamacpp.interpretLogLine(line, unknownLogContext)).toMatchObject([
      {type: 'notice', finding: {code: 'llamacpp.kv-cache-full', severity: 'warning'}},
    ]);
  });
});

test('a file that is only looked for, and is not there, is no failed download', () => {
  const read = readLines([
    'common_download_file_single_online: HEAD failed, status: 404',
    'no remote preset found, skipping',
    'main: loading model',
    "srv    load_model: loading model '/models/kimi-k2.7-code-00001-of-00008.gguf'",
  ]);
  expect(read).toMatchObject({engine: 'llamacpp', exit: 'starting'});
});
