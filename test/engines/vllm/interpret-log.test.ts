import {describe, expect, test} from 'vitest';
import {type EngineLogEvent, unknownLogContext} from '../../../src/engines/engine.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';

const read = (text: string): readonly EngineLogEvent[] => vllm.interpretLogLine(text, unknownLogContext);
const worker = '(Worker_TP0 pid=4311) INFO 11-23 02:14:55 [gpu_model_runner.py:2338]';
const core = '(EngineCore_DP0 pid=4302) INFO 11-23 02:14:55 [core.py:82]';
const server = '(APIServer pid=4242) INFO 11-23 02:14:55 [api_server.py:1772]';
const gib = (count: number) => Math.round(count * BYTES_PER_GIB);
const phase = (name: string) => ({type: 'phase', phase: name});
const progress = (name: string, ratio: number) => ({type: 'progress', phase: name, ratio});
const fact = (name: string, value: number) => ({type: 'fact', name, value});

describe('a line of the start', () => {
  test.each<[string, readonly object[]]>([
    ['  █ █     █▄   ▄█ version 0.28.1rc2', [{type: 'version', version: '0.28.1rc2'}, phase('launch')]],
    [
      `${core} Initializing a V1 LLM engine (v0.25.1) with config: model='moonshotai/Kimi-K2.7-Code'`,
      [{type: 'version', version: '0.25.1'}, phase('resolve')],
    ],
    [
      `${server} non-default args: {'model_tag': 'kimi', 'gpu_memory_utilization': 0.925, 'port': 8000}`,
      [phase('launch'), fact('memoryFraction', 0.925)],
    ],
    [`${server} non-default args: {'model_tag': 'kimi'}`, [phase('launch')]],
    [`${server} Resolved architecture: KimiK25ForConditionalGeneration`, [phase('resolve')]],
    [`${server} Using max model len 262144`, [fact('contextLengthTokens', 262_144)]],
    [
      `${worker} Time spent downloading weights for moonshotai/Kimi-K2.7-Code: 1834.527 seconds`,
      [fact('downloadSeconds', 1834.527)],
    ],
    [`${worker} Checkpoint size: 554.28 GiB`, [fact('checkpointBytes', gib(554.28))]],
    [`${worker} Starting to load model moonshotai/Kimi-K2.7-Code...`, [phase('load-weights')]],
    [`${worker} Loading model from scratch...`, [phase('load-weights')]],
    [
      'Loading safetensors checkpoint shards:  28% Completed | 18/64 [00:41<01:46,  2.31s/it]',
      [progress('load-weights', 18 / 64)],
    ],
    [
      'Loading safetensors checkpoint shards: 100% Completed | 64/64 [02:25<00:00,  2.27s/it]',
      [progress('load-weights', 1)],
    ],
    [
      'Loading safetensors using Runai Model Streamer:   5% Completed | 12/230 [00:02<00:40]',
      [progress('load-weights', 12 / 230)],
    ],
    [
      'Loading safetensors using Fastsafetensor loader[rank0]:  25% Completed | 2/8 [00:02<00:06]',
      [progress('load-weights', 0.25)],
    ],
    ['Multi-thread loading shards:  50% Completed | 32/64 [00:10<00:10]', [progress('load-weights', 0.5)]],
    [`${worker} Loading weights took 145.83 seconds`, [fact('weightsLoadSeconds', 145.83)]],
    [
      `${worker} Model loading took 72.31 GiB memory and 151.204 seconds`,
      [progress('load-weights', 1), fact('weightsBytesPerGpu', gib(72.31))],
    ],
    [
      `${worker} Model loading took 9.5 GiB and 151.204 seconds`,
      [progress('load-weights', 1), fact('weightsBytesPerGpu', gib(9.5))],
    ],
    [
      `${core} Using cache directory: /root/.cache/vllm/torch_compile_cache/ab12/rank_0_0 for vLLM's torch.compile`,
      [phase('compile')],
    ],
    [`${core} Dynamo bytecode transform time: 14.07 s`, [progress('compile', 0.2)]],
    [
      `${core} torch.compile takes 38.14 s in total`,
      [progress('compile', 1), fact('compileSeconds', 38.14), phase('profile')],
    ],
    [
      `${core} torch.compile took 138.14 s in total`,
      [progress('compile', 1), fact('compileSeconds', 138.14), phase('profile')],
    ],
    [`${worker} Initial profiling/warmup run took 4.02 s`, [phase('profile'), progress('profile', 0.5)]],
    [`${worker} Profiling CUDA graph memory: PIECEWISE=51`, [phase('profile'), progress('profile', 0.5)]],
    [`${worker} Estimated CUDA graph memory: 1.92 GiB total`, [fact('estimatedCudaGraphBytesPerGpu', gib(1.92))]],
    [`${worker} Estimated CUDA graph memory: -0.03 GiB total`, [fact('estimatedCudaGraphBytesPerGpu', gib(-0.03))]],
    [
      `${worker} Initial free memory 138.61 GiB, reserved 40.25 GiB memory for KV Cache as specified by kv_cache_memory_bytes`,
      [phase('kv-cache'), fact('freeBytesPerGpu', gib(138.61)), fact('kvCachePoolBytesPerGpu', gib(40.25))],
    ],
    [`${worker} Available KV cache memory: 46.80 GiB`, [phase('kv-cache'), fact('kvCachePoolBytesPerGpu', gib(46.8))]],
    [`${worker} Available KV cache memory: -3.32 GiB`, [phase('kv-cache'), fact('kvCachePoolBytesPerGpu', gib(-3.32))]],
    [
      `${worker} Explicitly set (4.0/118.25) GiB for KV cache on node 1.`,
      [phase('kv-cache'), fact('kvCachePoolBytesPerGpu', gib(4)), fact('cpuMemoryBytes', gib(118.25))],
    ],
    [
      `${worker} Auto set (7.56/16.34) GiB for KV cache on node 0, with 8.17 GiB requested memory for the worker. 0.61 GiB memory was consumed by non-kv usages.`,
      [phase('kv-cache'), fact('kvCachePoolBytesPerGpu', gib(7.56)), fact('cpuMemoryBytes', gib(16.34))],
    ],
    [
      `${core} CPU KV cache size: 91,904 tokens, Maximum concurrency for 4,096 tokens per request: 22.44x`,
      [fact('kvCapacityTokens', 91_904), fact('maxConcurrency', 22.44)],
    ],
    [`${core} GPU KV cache size: 715,072 tokens`, [fact('kvCapacityTokens', 715_072)]],
    [
      `${core} GPU KV cache size: 1,715,072 tokens, Maximum concurrency for 262,144 tokens per request: 6.54x`,
      [fact('kvCapacityTokens', 1_715_072), fact('maxConcurrency', 6.54)],
    ],
    [`${core} Maximum concurrency for 262,144 tokens per request: 12.73x`, [fact('maxConcurrency', 12.73)]],
    [
      'Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  67%|██████▋   | 34/51 [00:05<00:02,  6.31it/s]',
      [phase('capture-graphs'), progress('capture-graphs', 34 / 51)],
    ],
    [
      'Capturing CUDA graphs (decode, FULL): 100%|██████████|51/51 [00:03<00:00, 15.1it/s]',
      [phase('capture-graphs'), progress('capture-graphs', 1)],
    ],
    [
      'Capturing CUDA graphs (decode, FULL):   0%|          |   0/51 [00:00<?, ?it/s]',
      [phase('capture-graphs'), progress('capture-graphs', 0)],
    ],
    [
      `${worker} Graph capturing finished in 18 secs, took 1.46 GiB`,
      [progress('capture-graphs', 1), fact('graphCaptureSeconds', 18), fact('cudaGraphBytesPerGpu', gib(1.46))],
    ],
    [
      `${worker} Graph capturing finished in 118.5 secs, took -0.25 GiB`,
      [progress('capture-graphs', 1), fact('graphCaptureSeconds', 118.5), fact('cudaGraphBytesPerGpu', gib(-0.25))],
    ],
    [`${worker} Capturing CUDA graphs for decode`, [phase('capture-graphs')]],
    [
      `${core} init engine (profile, create kv cache, warmup model) took 97.15 seconds`,
      [fact('engineInitSeconds', 97.15)],
    ],
    [`${server} Starting vLLM API server 0 on http://0.0.0.0:8000`, [phase('serve')]],
    [`${server} Starting vLLM server on http://0.0.0.0:8000`, [phase('serve')]],
    ['INFO:     Application startup complete.', [phase('serve'), progress('serve', 1), {type: 'ready'}]],
    [`${server} [shutdown] API server: shutdown triggered`, [{type: 'shutdown-requested'}]],
  ])('%s', (text, events) => {
    expect(read(text)).toEqual(events);
  });
});

describe('a line of its traffic', () => {
  const traffic = (text: string) => {
    const [event] = read(text);
    return event?.type === 'traffic' ? event.traffic : null;
  };

  test.each([
    [
      'Engine 000: Avg prompt throughput: 14012.5 tokens/s, Avg generation throughput: 1893.4 tokens/s, Running: 46 reqs, Waiting: 3 reqs, GPU KV cache usage: 61.4%, Prefix cache hit rate: 75.2%',
      {
        promptTokensPerSecond: 14_012.5,
        generationTokensPerSecond: 1_893.4,
        runningRequests: 46,
        waitingRequests: 3,
        kvUsageRatio: 0.614,
        prefixCacheHitRatio: 0.752,
      },
    ],
    [
      'Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: 12.0 tokens/s, Running: 1 reqs, Swapped: 0 reqs, Pending: 20 reqs, GPU KV cache usage: 0.5%, CPU KV cache usage: 0.0%',
      {
        promptTokensPerSecond: 0,
        generationTokensPerSecond: 12,
        runningRequests: 1,
        waitingRequests: 20,
        kvUsageRatio: 0.005,
        prefixCacheHitRatio: null,
      },
    ],
    [
      'Avg prompt throughput: 1.0 tokens/s, Avg generation throughput: 2.0 tokens/s, Running: 3 reqs, Waiting: 4 reqs',
      {
        promptTokensPerSecond: 1,
        generationTokensPerSecond: 2,
        runningRequests: 3,
        waitingRequests: 4,
        kvUsageRatio: null,
        prefixCacheHitRatio: null,
      },
    ],
  ])('%s', (text, expected) => {
    const said = traffic(`${server} ${text}`);
    for (const [name, value] of Object.entries(expected)) {
      const seen = said?.[name as keyof typeof expected];
      if (value === null) expect(seen).toBeNull();
      else expect(seen).toBeCloseTo(value, 9);
    }
  });
});

describe('the time of a line', () => {
  const second = (text: string) => (vllm.readLogTimeMs(text) ?? Number.NaN) / 1_000;

  test.each([
    ['INFO 01-01 00:00:00 [x.py:1] a', 0],
    ['(EngineCore pid=1) WARNING 01-02 03:04:05 [x.py:1] a', 86_400 + 3 * 3_600 + 4 * 60 + 5],
    ['ERROR 03-01 00:00:00 [x.py:1] a', 60 * 86_400],
    ['DEBUG 12-31 23:59:59 [x.py:1] a', 366 * 86_400 - 1],
    ['CRITICAL 11-23 02:14:55 [x.py:1] a', (305 + 22) * 86_400 + 2 * 3_600 + 14 * 60 + 55],
    ['[rank3]:[E517 20:17:34.123456 ProcessGroupNCCL.cpp:1] a', (121 + 16) * 86_400 + 20 * 3_600 + 17 * 60 + 34],
    ['[rank3]:[W1123 02:14:55.5 socket.cpp:1] a', (305 + 22) * 86_400 + 2 * 3_600 + 14 * 60 + 55],
    ['[I1001 00:00:01 x.cpp:1] a', 274 * 86_400 + 1],
    ['[F0201 00:00:00 x.cpp:1] a', 31 * 86_400],
  ])('%s', (text, expected) => {
    expect(second(text)).toBe(expected);
  });

  test.each([
    'Loading safetensors checkpoint shards:  28%',
    'TRACE 01-01 00:00:00 a',
    '[X517 20:17:34 a',
    '',
    'XINFO 01-01 00:00:00',
  ])('is absent if the line has none: %s', (text) => {
    expect(vllm.readLogTimeMs(text)).toBeNull();
  });

  test('each month starts where the previous one ends, in a leap year', () => {
    const first = (month: number) => second(`INFO ${String(month).padStart(2, '0')}-01 00:00:00 [x.py:1] a`) / 86_400;
    const lengths = Array.from({length: 11}, (_, index) => first(index + 2) - first(index + 1));
    expect(lengths).toEqual([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30]);
  });
});

describe('whose log it is', () => {
  test.each([
    '(APIServer pid=4242) x',
    '(API_Server pid=1) x',
    '(API_server pid=1) x',
    '(ApiServer_0 pid=1) x',
    '(EngineCore pid=4302) x',
    '(EngineCore_DP0 pid=4302) x',
    '(Worker_TP3 pid=4311) x',
    'from vllm.v1 import x',
    'vllm: error: unrecognized',
    '  File "/venv/lib/python3.12/site-packages/vllm/v1/engine/core.py", line 1, in run',
    'vllm.v1.engine.exceptions.EngineDeadError: x',
    'vllm serve: error: argument --port: invalid int value',
    'usage: vllm serve [model_tag] [options]',
    'INFO 11-23 02:14:55 [other.py:82] x',
    'INFO 11-23 02:14:55 [core.py:82] x',
    'INFO 11-23 02:14:55 [gpu_worker.py:298] x',
    'INFO 11-23 02:14:55 [gpu_model_runner.py:1] x',
    'INFO 11-23 02:14:55 [kv_cache_utils.py:864] x',
    'INFO 11-23 02:14:55 [multiproc_executor.py:1] x',
    'INFO 11-23 02:14:55 [api_utils.py:272] x',
  ])('vLLM prints: %s', (text) => {
    expect(vllm.recognizesLogLine(text)).toBe(true);
  });

  test.each([
    'sglang is up',
    '(Server pid=1) x',
    '(Worker pid=) x',
    'vllm serve x',
    'vllm-openai',
    'vllm/v1',
    'vllm_config',
    'the vLLM engine',
    'VLLM_LOGGING_LEVEL',
    'INFO 11-23 02:14:55 __init__.py:190] Automatically detected platform cuda.',
    '[core.py] x',
    'myvllmx',
    'llama_context: n_ctx = 4096',
    '',
  ])('vLLM does not print: %s', (text) => {
    expect(vllm.recognizesLogLine(text)).toBe(false);
  });
});

describe('what comes from clients', () => {
  test.each([
    'Received request cmpl-1: Application startup complete.',
    'Generated response cmpl-1: Application startup complete.',
    'Request cmpl-1 details: Application startup complete.',
    'INFO:     127.0.0.1:5001 - "GET /Application startup complete. HTTP/1.1" 200 OK',
  ])('means nothing: %s', (text) => {
    expect(read(text)).toEqual([]);
  });
});
