import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {unknownLogContext} from '../../../src/engines/engine.ts';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {createLogDiagnoser} from '../../../src/engines/log/diagnose-log.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../src/shared/units.ts';

/** A start over two cards, as verbosity 4 tells it. */
const start = [
  '0.00.002.240 I cmn  common_param: common_params_print_info: build 10573 (3f545bec) with GNU 12.2.0 for Linux x86_64',
  "0.00.003.776 I srv    load_model: loading model '/models/kimi-00001-of-00013.gguf'",
  '0.00.026.812 I print_info: file size   = 543.90 GiB (4.55 BPW) ',
  '0.01.027.155 I load_tensors: loading model tensors, this can take a while... (load_mode = mmap)',
  '0.02.032.585 I load_tensors:   CPU_Mapped model buffer size =   630.00 MiB',
  '0.02.032.586 I load_tensors:        CUDA0 model buffer size = 71000.25 MiB',
  '0.02.032.587 I load_tensors:        CUDA1 model buffer size = 69000.00 MiB',
  '5.30.033.847 I llama_context: n_ctx                 = 262144',
  '5.30.034.044 I llama_kv_cache:      CUDA0 KV buffer size =  9072.00 MiB',
  '5.30.034.045 I llama_kv_cache:      CUDA1 KV buffer size =  8784.00 MiB',
  '5.30.276.673 I llama_kv_cache: size = 17856.00 MiB (262144 cells,  61 layers,  4/1 seqs), K (f16): 17856.00 MiB, V (f16):    0.00 MiB',
  '5.30.286.464 I sched_reserve:      CUDA0 compute buffer size =   812.50 MiB',
  '5.30.286.579 I cmn  common_init_: warming up the model with an empty run - please wait ... (--no-warmup to disable)',
  "5.31.478.792 I srv    load_model: initializing, n_slots = 4, n_ctx_slot = 262144, kv_unified = 'true'",
  '5.31.494.102 I srv  llama_server: model loaded',
  '5.31.500.000 I srv  llama_server: listening on http://127.0.0.1:8080',
];

/** The same in the words of the spring of 2025. */
const startOf2025 = [
  'build: 5489 (abc1234) with cc (Debian 12.2.0) 12.2.0 for x86_64-linux-gnu',
  'main: HTTP server is listening, hostname: 127.0.0.1, port: 8080, http threads: 15',
  'main: loading model',
  'load_tensors: loading model tensors, this can take a while... (mmap = true)',
  'load_tensors:        CUDA0 model buffer size = 71000.00 MiB',
  `${'.'.repeat(100)}`,
  'llama_context: n_ctx         = 8192',
  'llama_kv_cache_unified:      CUDA0 KV buffer size =   549.00 MiB',
  'llama_kv_cache_unified: size =  549.00 MiB (  8192 cells,  61 layers,  1 seqs), K (f16):  549.00 MiB, V (f16):    0.00 MiB',
  'main: model loaded',
  'main: server is listening on http://127.0.0.1:8080 - starting the main loop',
];

function diagnose(lines: readonly string[]) {
  const diagnoser = createLogDiagnoser(llamacpp);
  for (const [index, text] of lines.entries()) diagnoser.take({text, number: index + 1});
  return diagnoser.result();
}

describe('the log of llama-server', () => {
  test('reports phases with times, and the fullest card', () => {
    const diagnosis = diagnose(start);
    expect(diagnosis).toMatchObject({version: '10573', isReady: true, exit: 'serving', findings: []});
    expect(diagnosis.phases.map(({phase}) => phase)).toEqual([
      'launch',
      'resolve',
      'load-weights',
      'kv-cache',
      'serve',
    ]);
    expect(diagnosis.startSeconds).toBeCloseTo(331.49776, 3);
    expect(diagnosis.facts).toEqual({
      checkpointBytes: Math.round(543.9 * BYTES_PER_GIB),
      weightsBytesPerGpu: 71000.25 * BYTES_PER_MIB,
      contextLengthTokens: 262_144,
      kvCachePoolBytesPerGpu: 9072 * BYTES_PER_MIB,
      kvCapacityTokens: 262_144,
      computeBufferBytesPerGpu: 812.5 * BYTES_PER_MIB,
      maxRunningRequests: 4,
    });
  });

  test('of 2025 is ready when its model is loaded, not when its port is open', () => {
    expect(diagnose(startOf2025.slice(0, 3)).isReady).toBe(false);
    expect(diagnose(startOf2025)).toMatchObject({version: '5489', isReady: true, facts: {kvCapacityTokens: 8192}});
  });

  test('at its default verbosity reports little, and nothing wrong', () => {
    const quiet = start.filter((line) => /loading model '|initializing|model loaded|listening/.test(line));
    expect(diagnose(quiet)).toMatchObject({isReady: true, facts: {maxRunningRequests: 4}});
  });

  test('a requested exit is not a failure; an exit before it was ready is', () => {
    const cleaning = '9.00.000.000 I srv    operator(): operator(): cleaning up before exit...';
    expect(diagnose([...start, cleaning]).exit).toBe('stopped');
    const missing =
      "0.00.003.933 E gguf_init_from_file: failed to open GGUF file 'nope.gguf' (No such file or directory)";
    expect(diagnose([...start.slice(0, 2), missing, cleaning])).toMatchObject({
      exit: 'failed',
      findings: [{code: 'llamacpp.model-missing'}],
    });
  });

  test('text of clients is not read as that of the server', () => {
    const lines = [
      '0.23.023.755 W common_chat_peg_parse: unparsed Content-only output: server is listening on http://x GGML_ASSERT(x) failed',
      '0.23.024.605 W srv    operator(): got exception: {"error":{"message":"GGML_ASSERT(a) failed"}}',
      '5.31.494.100 I slot print_timing: id  3 | task 3 | n_gen =    100, tg =  26.34 t/s, tg_3s =  26.61 t/s',
    ];
    for (const line of lines) expect(llamacpp.interpretLogLine(line, unknownLogContext)).toEqual([]);
  });

  test('any line is harmless', () => {
    const pieces = fc.constantFrom(
      'load_tensors: ',
      'CUDA0',
      ' model buffer size = ',
      '1 MiB',
      '....',
      ' cells',
      'listening on http',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), {maxLength: 60}), (parts) => {
        llamacpp.interpretLogLine(parts.join(''), unknownLogContext);
      }),
    );
  });
});
