import {describe, expect, test} from 'vitest';
import {type EngineLogEvent, type LogContext, unknownLogContext} from '../../../src/engines/engine.ts';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../src/shared/units.ts';

const stamp = '0.00.026.812 I ';

function read(text: string, context: Partial<LogContext> = {}): readonly EngineLogEvent[] {
  return llamacpp.interpretLogLine(`${stamp}${text}`, {...unknownLogContext, ...context});
}

const factsOf = (events: readonly EngineLogEvent[]) =>
  Object.fromEntries(events.flatMap((event) => (event.type === 'fact' ? [[event.name, event.value]] : [])));

describe('buffers', () => {
  const lines = [
    ['weightsBytesPerGpu', (device: string, mib: number) => `load_tensors: ${device} model buffer size = ${mib} MiB`],
    [
      'kvCachePoolBytesPerGpu',
      (device: string, mib: number) => `llama_kv_cache: ${device} KV buffer size = ${mib} MiB`,
    ],
    ['computeBufferBytesPerGpu', (device: string, mib: number) => `sched: ${device} compute buffer size = ${mib} MiB`],
    [
      'computeBufferBytesPerGpu',
      (device: string, mib: number) =>
        `ggml_gallocr_reserve_n: failed to allocate ${device} buffer of size ${mib * BYTES_PER_MIB}`,
    ],
  ] as const;

  test.each(lines)('%s is that of the fullest GPU', (name, line) => {
    expect(factsOf(read(line('CUDA0', 10)))).toEqual({[name]: 10 * BYTES_PER_MIB});
    const before = {facts: {[name]: 10 * BYTES_PER_MIB}};
    expect(factsOf(read(line('CUDA1', 9), before))).toEqual({[name]: 10 * BYTES_PER_MIB});
    expect(factsOf(read(line('CUDA1', 11), before))).toEqual({[name]: 11 * BYTES_PER_MIB});
  });

  test.each(lines)('%s is not that of host memory', (_, line) => {
    for (const device of ['CPU', 'CPU_Mapped', 'CUDA_Host', 'ROCm_Host', 'Vulkan_Host', 'Host']) {
      expect(factsOf(read(line(device, 10)))).toEqual({});
    }
    for (const device of ['ROCm0', 'Vulkan1', 'CUDA0_Split']) expect(factsOf(read(line(device, 10)))).not.toEqual({});
  });
});

test('free memory is that of the GPU with the least, and not of the host', () => {
  const using = (device: string, mib: number) => `load: using device ${device} (NVIDIA H200) - ${mib} MiB free`;
  const free = (mib: number) => ({
    freeBytesPerGpu: mib * BYTES_PER_MIB,
    freeBeforeLoadBytesPerGpu: mib * BYTES_PER_MIB,
  });
  expect(factsOf(read(using('CUDA0', 10)))).toEqual(free(10));
  const before = {facts: free(10)};
  expect(factsOf(read(using('CUDA1', 9), before))).toEqual(free(9));
  expect(factsOf(read(using('CUDA1', 11), before))).toEqual(free(10));
  expect(read(using('CPU', 9))).toEqual([]);
});

test('the length of the context is a fact', () => {
  expect(read('llama_context: n_ctx         = 4096')).toEqual([
    {type: 'phase', phase: 'kv-cache'},
    {type: 'fact', name: 'contextLengthTokens', value: 4_096},
  ]);
});

test.each(['0.00.026.812', '9.59.026.812', '10.00.026.812', '1234.00.026.812'])(
  'a line at %s is recognized, and that of a slot is no line of the start',
  (time) => {
    expect(llamacpp.recognizesLogLine(`${time} I hello`)).toBe(true);
    const line = (text: string) => llamacpp.interpretLogLine(`${time} I ${text}`, unknownLogContext);
    expect(line('llama_kv_cache: CUDA0 KV buffer size = 10 MiB')).not.toEqual([]);
    expect(line('slot print: CUDA0 KV buffer size = 10 MiB')).toEqual([]);
  },
);

test.each([
  'unable to allocate CUDA0 buffer',
  'llama_model_load: error loading model: failed to allocate memory',
  'llama_model_load: error loading model: CUDA error: out of memory',
])('the weights do not fit: %s', (line) => {
  expect(read(line)).toMatchObject([{type: 'failure', finding: {code: 'llamacpp.weights-too-large'}}]);
});

test('the size of the file is in GiB or MiB', () => {
  expect(factsOf(read('print_info: file size   = 1.5 GiB'))).toEqual({checkpointBytes: 1.5 * BYTES_PER_GIB});
  expect(factsOf(read('print_info: file size   = 1.5 MiB'))).toEqual({checkpointBytes: 1.5 * BYTES_PER_MIB});
});

test('a build outside a repository has no version', () => {
  expect(read('build_info: b10573-3f545bec')).toEqual([
    {type: 'phase', phase: 'launch'},
    {type: 'version', version: '10573'},
  ]);
  expect(read('build: 0 (unknown)')).toEqual([{type: 'phase', phase: 'launch'}]);
});

test('slots have their own context, which older servers do not log', () => {
  expect(factsOf(read('srv load_model: initializing slots, n_slots = 4'))).toEqual({maxRunningRequests: 4});
  expect(factsOf(read('srv load_model: initializing, n_slots = 4, n_ctx_slot = 8192'))).toEqual({
    maxRunningRequests: 4,
    contextLengthTokens: 8_192,
  });
});

describe('the end of a start', () => {
  test.each<[string, readonly EngineLogEvent['type'][]]>([
    ['llama_server: model loaded', ['phase', 'progress']],
    ['llama_server: model loaded in 3 s', []],
    ['main: server is listening on http://127.0.0.1:8080', ['phase', 'progress', 'ready']],
    ['main: server is listening on unix:/run/x', ['phase', 'progress', 'ready']],
    ['main: HTTP server is listening, hostname: 127.0.0.1', []],
  ])('%s', (text, types) => {
    expect(read(text).map(({type}) => type)).toEqual(types);
  });

  test.each(['operator(): cleaning up before exit...', 'Received second interrupt, terminating immediately'])(
    '%s is a stop of a server that was ready, and nothing before',
    (text) => {
      expect(read(text, {isReady: true})).toEqual([{type: 'shutdown-requested'}]);
      expect(read(text)).toEqual([]);
    },
  );
});

test('a line of a slot matches no rule, and is searched for failures', () => {
  expect(read('slot x: listening on http://y')).toEqual([]);
  expect(read('slots x: listening on http://y')).not.toEqual([]);
  expect(llamacpp.interpretLogLine('slot x: listening on http://y', unknownLogContext)).toEqual([]);
});

test.each([
  ['0.00.026.812 I llama_context: n_ctx = 4096', true],
  ['llama_context: n_ctx = 4096', true],
  ['ggml_cuda_init: found 8 CUDA devices', true],
  ['/opt/llama.cpp/bin/libggml-base.so(ggml_abort+0x15a)[0x7f1122334466]', true],
  ['#6  0x00007f2c in llama_decode () from /opt/llama.cpp/bin/libllama.so', true],
  ['/src/ggml/src/ggml-cuda/ggml-cuda.cu:98: CUDA error', true],
  ['a program that links libllama', false],
  ['INFO 0.00.026.812 I of another program', false],
  ['a sentence about llama_context: n_ctx', false],
  ['0.0.026.812 I ', false],
])('%s: is it a line of llama-server? %s', (line, expected) => {
  expect(llamacpp.recognizesLogLine(line)).toBe(expected);
});
