import {describe, expect, test} from 'vitest';
import type {Finding} from '../../../../src/domain/diagnosis/finding.ts';
import {llamacpp} from '../../../../src/engines/llamacpp/llamacpp.ts';
import {createLogDiagnoser} from '../../../../src/engines/log/diagnose-log.ts';
import {BYTES_PER_MIB} from '../../../../src/shared/units.ts';

function findingsOf(lines: readonly string[]): readonly Finding[] {
  const diagnoser = createLogDiagnoser(llamacpp);
  for (const [index, text] of lines.entries()) diagnoser.take({text, number: index + 1});
  return diagnoser.result().findings;
}

function first(lines: readonly string[]): Finding {
  const [finding] = findingsOf(lines);
  if (finding === undefined) throw new Error('no finding');
  return finding;
}

const failed = (mib: number): string =>
  `ggml_backend_cuda_buffer_type_alloc_buffer: allocating ${mib}.00 MiB on device 0: cudaMalloc failed: out of memory`;
const tensors = (mib: number): string =>
  `alloc_tensor_range: failed to allocate CUDA0 buffer of size ${mib * BYTES_PER_MIB}`;
const graph = (mib: number): string =>
  `ggml_gallocr_reserve_n_impl: failed to allocate CUDA0 buffer of size ${mib * BYTES_PER_MIB}`;

const device = (mib: number): string =>
  `llama_model_load_from_file_impl: using device CUDA0 (NVIDIA H100 80GB HBM3) - ${mib} MiB free`;
const weights = (mib: number): string => `load_tensors:        CUDA0 model buffer size = ${mib}.00 MiB`;
const context = (tokens: number): string => `llama_context: n_ctx         = ${tokens}`;
const cells = 'llama_kv_cache: size = 4096.00 MiB ( 65536 cells,  61 layers,  1/1 seqs), K (f16): 4096.00 MiB';
const noCache = 'llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache';
const noBuffers = [
  'graph_reserve: failed to allocate compute buffers',
  'llama_init_from_model: failed to initialize the context: failed to allocate compute pp buffers',
];
const noWeights = 'llama_model_load: error loading model: unable to allocate CUDA0 buffer';

describe('memory that a GPU lacked is that of', () => {
  test.each([
    ['the weights', [failed(590), tensors(590), noWeights], 'out-of-memory-loading', 'for the weights'],
    ['the KV cache, without a phase', [failed(4480), tensors(4480), noCache], 'out-of-memory-kv-cache', 'KV cache'],
    [
      'the KV cache, while the weights are the last phase',
      [weights(9000), failed(4480), tensors(4480), noCache],
      'out-of-memory-kv-cache',
      '4.38 GiB for the KV cache',
    ],
    [
      'compute buffers, while the KV cache is the last phase',
      [weights(9000), context(65_536), failed(1319), graph(1319), ...noBuffers],
      'compute-buffer-too-large',
      '1.29 GiB for compute buffers',
    ],
    [
      'compute buffers, by the cache that is whole, in a text that ends there',
      [weights(9000), context(65_536), cells, failed(1319)],
      'compute-buffer-too-large',
      'compute buffers',
    ],
    ['compute buffers, without the allocator', [graph(1319)], 'compute-buffer-too-large', '1.29 GiB'],
    [
      'a second model',
      [weights(9000), context(65_536), cells, failed(800), noWeights],
      'out-of-memory-loading',
      'a second model',
    ],
    ['nothing known, in a text that ends there', [failed(800)], 'out-of-memory', 'does not tell what for'],
    [
      'what follows, with Vulkan',
      ['ggml_vulkan: Device memory allocation of size 4831838208 failed.', noCache],
      'out-of-memory-kv-cache',
      '4.50 GiB for the KV cache',
    ],
  ])('%s', (_, lines, code, says) => {
    const findings = findingsOf(lines);
    expect(findings.map((finding) => finding.code)).toEqual([`llamacpp.${code}`]);
    expect(findings[0]?.message).toContain(says);
  });

  test('the host, which no later line makes one of a GPU', () => {
    const lines = [
      'ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 68719476736',
      'alloc_tensor_range: failed to allocate CPU buffer of size 68719476736',
      noCache,
    ];
    expect(first(lines).code).toBe('llamacpp.host-memory');
    expect(first([graph(10).replace('CUDA0', 'CUDA_Host')]).code).toBe('llamacpp.host-memory');
  });

  test('nothing that failed: a second try without pipeline parallelism succeeded', () => {
    const lines = [
      failed(1319),
      ...noBuffers.slice(0, 1),
      'sched_reserve: compute buffer allocation failed, retrying without pipeline parallelism',
      'main: server is listening on http://127.0.0.1:8080 - starting the main loop',
    ];
    expect(findingsOf(lines).map(({severity}) => severity)).toEqual(['warning']);
  });
});

describe('the context that is offered', () => {
  const start = [device(80_000), weights(70_000), context(65_536)];

  test('fits into half of what the weights leave, as compute buffers need the rest', () => {
    const {message, settingsChange} = first([...start, failed(20_000), tensors(20_000), noCache]);
    // 10,000 MiB are left, 5,000 of them for the cache: a quarter of 65,536 tokens.
    expect(settingsChange).toEqual({contextLengthTokens: 16_384});
    expect(message).toContain('the weights leave 9.77 GiB');
  });

  test('fits into what compute buffers leave, where their size is known', () => {
    const buffers = 'llama_context:      CUDA0 compute buffer size =  2000.00 MiB';
    expect(first([...start, buffers, failed(20_000), noCache]).settingsChange).toEqual({contextLengthTokens: 26_112});
  });

  test('is none where nothing is left, or where the text does not tell what is', () => {
    const full = first([device(70_000), weights(70_000), context(65_536), failed(20_000), noCache]);
    expect(full.settingsChange).toBeNull();
    expect(full.remedy).toMatch(/Hardly any context fits/);
    const unknown = first([weights(70_000), context(65_536), failed(20_000), noCache]);
    expect(unknown.settingsChange).toBeNull();
    expect(unknown.remedy).not.toMatch(/\d{3}/);
  });
});
