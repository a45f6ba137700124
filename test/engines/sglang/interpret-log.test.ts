import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {StartPhase} from '../../../src/domain/lifecycle/phases.ts';
import {type EngineLogEvent, type LogContext, unknownLogContext} from '../../../src/engines/engine.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';

function read(line: string, context: LogContext = unknownLogContext): readonly EngineLogEvent[] {
  return sglang.interpretLogLine(line, context);
}

function at(phase: StartPhase, facts: LogContext['facts'] = {}): LogContext {
  return {phase, isReady: false, facts};
}

/** The model's own pool has been told of. */
const withPool = at('kv-cache', {kvCachePoolBytesPerGpu: 1});

function factsOf(line: string, context?: LogContext): Record<string, number> {
  const facts = read(line, context).flatMap((event) => (event.type === 'fact' ? [[event.name, event.value]] : []));
  return Object.fromEntries(facts);
}

const gib = (value: number): number => Math.round(value * BYTES_PER_GIB);
const prefix = '[2026-10-04 02:14:55 TP3]';

describe('phases', () => {
  test.each([
    ["[2026-10-04 02:11:40] server_args=ServerArgs(model_path='moonshotai/Kimi-K2.7-Code', tp_size=8)", 'launch'],
    ["[2026-10-04 02:11:40] server_args={'model_path': 'moonshotai/Kimi-K2.7-Code', 'tp_size': 8}", 'launch'],
    [`${prefix} Init torch distributed begin.`, 'resolve'],
    [`${prefix} Load weight begin. avail mem=138.21 GB`, 'load-weights'],
    [`${prefix} Memory pool end. avail mem=14.02 GB`, 'kv-cache'],
    [`${prefix} Capture target decode CUDA graph begin. backend=full, bs=[1, 2], avail mem=13.5 GB`, 'capture-graphs'],
    [`${prefix} Capture piecewise CUDA graph begin. avail mem=23.56 GB`, 'capture-graphs'],
    [`${prefix} Capture cuda graph begin. This can take up to several minutes. avail mem=13.5 GB`, 'capture-graphs'],
    ['[2026-10-04 02:20:01] INFO:     Started server process [4242]', 'serve'],
  ])('%s', (line, phase) => {
    expect(read(line)).toContainEqual({type: 'phase', phase});
  });

  test('a draft model that is loaded late does not take the start back a phase', () => {
    for (const line of [`${prefix} Init torch distributed begin.`, `${prefix} Load weight begin. avail mem=20 GB`]) {
      expect(read(line, at('kv-cache'))).toEqual([]);
    }
  });

  test('free memory before loading is that of the fullest GPU, and never that with a loaded model', () => {
    const line = `${prefix} Load weight begin. avail mem=138.21 GB`;
    const free = (bytes: number) => ({...unknownLogContext, facts: {freeBeforeLoadBytesPerGpu: bytes}});
    expect(factsOf(line)).toEqual({freeBeforeLoadBytesPerGpu: gib(138.21)});
    expect(factsOf(line, free(gib(20)))).toEqual({freeBeforeLoadBytesPerGpu: gib(20)});
    expect(factsOf(line, free(gib(139)))).toEqual({freeBeforeLoadBytesPerGpu: gib(138.21)});
    expect(factsOf(line, {...unknownLogContext, facts: {weightsBytesPerGpu: gib(70)}})).toEqual({});
  });

  test('ready is SGLang\u2019s own message, not that of its web server', () => {
    const ready = {type: 'ready'};
    expect(read('[2026-10-04 02:20:03] The server is fired up and ready to roll!')).toContainEqual(ready);
    expect(read('[2026-10-04 02:20:01] INFO:     Application startup complete.')).not.toContainEqual(ready);
  });

  test.each([
    '[2026-10-04 09:00:00] SIGTERM received. signum=None frame=None. Draining requests and shutting down...',
    '[2026-10-04 09:00:05] Gracefully exiting... Remaining number of requests 3. Remaining requests remaining_rids=[].',
  ])('a requested stop is reported: %s', (line) => {
    expect(read(line)).toEqual([{type: 'shutdown-requested'}]);
  });
});

describe('progress bars', () => {
  test('of weights, under all names of all versions', () => {
    for (const name of ['Multi-thread loading shards', 'Loading safetensors checkpoint shards']) {
      expect(read(`${name}:  25% Completed | 16/64 [01:10<03:30,  4.38s/it]`)).toEqual([
        {type: 'progress', phase: 'load-weights', ratio: 0.25},
      ]);
    }
  });

  test('of several states in one line the last one counts, and what follows them is read too', () => {
    const line =
      'Multi-thread loading shards:  50% Completed | 1/2 [00:01<00:01,  1.0s/it]Multi-thread loading shards: 100% ' +
      `Completed | 2/2 [00:02<00:00,  1.0s/it]${prefix} Load weight end. elapsed=312.40 s, type=KimiK25ForConditionalGeneration, quant=compressed-tensors, avail mem=62.10 GB, mem usage=73.58 GB.`;
    expect(read(line).filter(({type}) => type === 'progress')).toContainEqual({
      type: 'progress',
      phase: 'load-weights',
      ratio: 1,
    });
    expect(factsOf(line)).toEqual({weightsLoadSeconds: 312.4, weightsBytesPerGpu: gib(73.58)});
  });

  test.each([
    ['Capturing batches (bs=7 avail_mem=6.49 GB):  25%|██▌       | 13/52 [00:01<00:03, 10.94it/s]', 0.25],
    ['Capturing batches (bs=1 avail_mem=23.56 GB): 100% | 52/52 [00:05<00:00, 10.36it/s]', 1],
    ['Capturing num tokens (num_tokens=4 avail_mem=21.24 GB):  50%|█████     | 37/74 [00:03<00:03, 10.4it/s]', 0.5],
    ['Compiling num tokens (num_tokens=4):  50%|█████     | 37/74 [00:03<00:03, 10.4it/s]', 0.5],
    [
      '  0%|          | 0/8 [00:00<?, ?it/s]Capturing batches (bs=8 avail_mem=7.19 GB):   0%|          | 0/8 [00:00<?, ?it/s]Capturing batches (bs=8 avail_mem=7.19 GB):  12%|█▎        | 1/8 [00:00<00:02,  2.37it/s]',
      0.125,
    ],
  ])('of graphs: %s', (line, ratio) => {
    expect(read(line)).toContainEqual({type: 'progress', phase: 'capture-graphs', ratio});
  });
});

describe('facts', () => {
  test('weights, with seconds and without', () => {
    expect(
      factsOf(
        `${prefix} Load weight end. type=DeepseekV3ForCausalLM, dtype=torch.bfloat16, avail mem=61.02 GB, mem usage=73.58 GB.`,
      ),
    ).toEqual({weightsBytesPerGpu: gib(73.58)});
    expect(
      factsOf(`${prefix} Load weight end. type=Qwen2ForCausalLM, dtype=torch.float16, avail mem=11.57 GB`),
    ).toEqual({});
  });

  test('weights of a draft model are not the model\u2019s', () => {
    const draft = `${prefix} Load weight end. elapsed=12.25 s, type=LlamaForCausalLMEagle3, avail mem=46.25 GB, mem usage=1.58 GB.`;
    expect(factsOf(draft, at('load-weights'))).toEqual({});
    const late = `${prefix} Load weight end. elapsed=12.25 s, type=KimiHead, avail mem=16.25 GB, mem usage=1.58 GB.`;
    expect(factsOf(late, withPool)).toEqual({});
  });

  test.each([
    ['one latent vector a token', 'dtype: torch.bfloat16, #tokens: 217856, KV size: 14.27 GB', 217_856, 14.27],
    [
      'keys and values',
      'dtype: torch.bfloat16, #tokens: 1707904, K size: 117.25 GB, V size: 117.25 GB',
      1_707_904,
      234.5,
    ],
    ['without a type, as before 0.5', '#tokens: 20480, K size: 0.75 GB, V size: 0.75 GB', 20_480, 1.5],
  ])('the pool: %s', (_, said, tokens, size) => {
    expect(factsOf(`${prefix} KV Cache is allocated. ${said}`)).toEqual({
      kvCapacityTokens: tokens,
      kvCachePoolBytesPerGpu: gib(size),
    });
  });

  test('the pools of a draft model and of other ranks come after the model\u2019s, which stands', () => {
    const line = `${prefix} KV Cache is allocated. dtype: torch.bfloat16, #tokens: 9, K size: 2.13 GB, V size: 2.13 GB`;
    expect(factsOf(line, at('profile'))).not.toEqual({});
    expect(factsOf(line, withPool)).toEqual({});
  });

  test('pools of sliding windows and full attention are one sum, and hold the tokens of the full one', () => {
    expect(
      factsOf(`${prefix} SWAKVPool mem usage: 28.93 GB, swa size: 148717, full size: 185897`, at('kv-cache')),
    ).toEqual({
      kvCachePoolBytesPerGpu: gib(28.93),
      kvCapacityTokens: 185_897,
    });
  });

  test.each([
    'Capture target decode CUDA graph end. elapsed=31.50 s, mem usage=1.61 GB, avail mem=12.40 GB.',
    'Capture cuda graph end. Time elapsed: 31.50 s. mem usage=1.61 GB. avail mem=12.40 GB.',
  ])('graphs are the sum of everything on a card: %s', (message) => {
    const line = `[2026-10-04 02:14:55 DP0 TP0] ${message}`;
    expect(factsOf(line)).toEqual({graphCaptureSeconds: 31.5, cudaGraphBytesPerGpu: gib(1.61)});
    const before = {graphCaptureSeconds: 3.1, cudaGraphBytesPerGpu: gib(5)};
    expect(factsOf(line, at('capture-graphs', before))).toEqual({
      graphCaptureSeconds: 34.6,
      cudaGraphBytesPerGpu: gib(5) + gib(1.61),
    });
    for (const rank of ['TP3', 'DP1 TP0', 'DP0 PP1 TP0']) {
      expect(factsOf(`[2026-10-04 02:14:55 ${rank}] ${message}`, at('capture-graphs', before)), rank).toEqual({});
    }
  });

  test('the fraction, of all the arguments that are printed', () => {
    const said = "api_key='sk-hush', mem_fraction_static=0.876, max_running_requests=None";
    expect(factsOf(`[2026-10-04 02:11:40] server_args=ServerArgs(${said})`)).toEqual({memoryFraction: 0.876});
    expect(factsOf("[2026-10-04 02:11:40] server_args={'mem_fraction_static': 0.9, 'x': 1}")).toEqual({
      memoryFraction: 0.9,
    });
    expect(factsOf('[2026-10-04 02:11:40] server_args=ServerArgs(mem_fraction_static=None)')).toEqual({});
    expect(JSON.stringify(read(`[2026-10-04 02:11:40] server_args=ServerArgs(${said})`))).not.toContain('hush');
  });

  test('the summary', () => {
    const summary = `${prefix} max_total_num_tokens=1040640, chunked_prefill_size=8192, max_prefill_tokens=16384, max_running_requests=2048, context_len=262144`;
    const facts = {kvCapacityTokens: 1_040_640, maxRunningRequests: 2048, contextLengthTokens: 262_144};
    expect(factsOf(summary)).toEqual(facts);
    expect(factsOf(`${summary}, available_gpu_mem=12.40 GB`)).toEqual({...facts, freeBytesPerGpu: gib(12.4)});
    expect(read(summary).filter(({type}) => type === 'notice')).toEqual([]);
  });

  test('a pool smaller than one request of full length is a notice: SGLang still starts', () => {
    const line = `${prefix} max_total_num_tokens=120000, chunked_prefill_size=8192, max_prefill_tokens=16384, max_running_requests=64, context_len=262144, available_gpu_mem=9.10 GB`;
    expect(read(line)).toContainEqual({
      type: 'notice',
      isLasting: true,
      finding: expect.objectContaining({
        code: 'sglang.kv-cache-smaller-than-context',
        settingsChange: {contextLengthTokens: 120_000},
      }),
    });
  });

  test('the version, if it is logged', () => {
    expect(read('sglang version: 0.5.18')).toContainEqual({type: 'version', version: '0.5.18'});
    expect(read(`${prefix} sglang is using nccl==2.27.5`)).toEqual([]);
  });
});

describe('traffic', () => {
  const none = {
    promptTokensPerSecond: null,
    generationTokensPerSecond: null,
    runningRequests: null,
    waitingRequests: null,
    kvUsageRatio: null,
    prefixCacheHitRatio: null,
  };

  test.each([
    [
      'a prefill',
      `${prefix} Prefill batch, #new-seq: 2, #new-token: 8192, #cached-token: 4096, token usage: 0.41, #running-req: 12, #queue-req: 3, #pending-token: 100, cuda graph: False, input throughput (token/s): 5789.86`,
      {promptTokensPerSecond: 5789.86, runningRequests: 12, waitingRequests: 3, kvUsageRatio: 0.41},
    ],
    [
      'a decode',
      `${prefix} Decode batch, #running-req: 12, #token: 211004, token usage: 0.20, accept len: 2.75, accept rate: 0.12, cuda graph: True, gen throughput (token/s): 541.70, #queue-req: 3`,
      {generationTokensPerSecond: 541.7, runningRequests: 12, waitingRequests: 3, kvUsageRatio: 0.2},
    ],
    [
      'a decode of a hybrid model: the pool of full attention',
      '[2026-10-04 02:14:55] Decode batch, #running-req: 1, #full token: 4722, full token usage: 0.03, #swa token: 545, swa token usage: 0.70, cuda graph: True, gen throughput (token/s): 54.21, #queue-req: 0',
      {generationTokensPerSecond: 54.21, runningRequests: 1, waitingRequests: 0, kvUsageRatio: 0.03},
    ],
    [
      'an old prefill, with a full stop and no rate',
      '[2025-01-31 11:43:04 TP0] Prefill batch. #new-seq: 1, #new-token: 7, #cached-token: 0, cache hit rate: 50.00%, token usage: 0.12, #running-req: 4, #queue-req: 1',
      {runningRequests: 4, waitingRequests: 1, kvUsageRatio: 0.12},
    ],
  ])('%s', (_, line, said) => {
    expect(read(line)).toEqual([{type: 'traffic', traffic: {...none, ...said}}]);
  });
});

describe('what clients sent', () => {
  const words =
    'The server is fired up and ready to roll! Decode batch, #running-req: 9, torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB SIGTERM received';
  test.each([
    `[2026-10-04 02:14:55] Receive: obj=GenerateReqInput(rid='a', text='${words}')`,
    `[2026-10-04 02:14:55] Finish: obj=GenerateReqInput(rid='a'), out={'text': '${words}'}`,
    `{"timestamp": "2026-10-04T02:14:55", "event": "request.finished", "out": {"text": "${words}"}}`,
    `[2026-10-04 02:14:55 TP0] self.cur_batch.batch_size()=1, self.cur_batch.reqs=[Req(rid=a, input_ids=[1], text='${words}')]`,
    `[2026-10-04 02:14:55] INFO:     10.0.0.7:34498 - "GET /?${words} HTTP/1.1" 404 Not Found`,
  ])('is never read as that of the engine: %s', (line) => {
    expect(read(line)).toEqual([]);
  });
});

describe('the clock of the log', () => {
  test('is in the prefix, with or without ranks, and with fractions of a second if configured', () => {
    const base = sglang.readLogTimeMs('[2026-10-04 23:59:59] a') ?? Number.NaN;
    expect(sglang.readLogTimeMs('[2026-10-05 00:00:01 DP0 TP3 EP3] b')).toBe(base + 2000);
    expect(sglang.readLogTimeMs('[2026-10-05 00:00:01.250 TP3] b')).toBe(base + 2250);
    expect(sglang.readLogTimeMs('  0%|  | 0/8 [00:00<?, ?it/s][2026-10-05 00:00:01] b')).toBe(base + 2000);
  });

  test('follows the calendar, over leap days and years', () => {
    const anyDay = fc.date({
      min: new Date('2020-01-01T00:00:00Z'),
      max: new Date('2040-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    const written = (date: Date): string => `[${date.toISOString().slice(0, 19).replace('T', ' ')} TP0] x`;
    fc.assert(
      fc.property(anyDay, anyDay, (one, other) => {
        const difference = (sglang.readLogTimeMs(written(other)) ?? 0) - (sglang.readLogTimeMs(written(one)) ?? 0);
        expect(difference).toBe(Math.floor(other.getTime() / 1000) * 1000 - Math.floor(one.getTime() / 1000) * 1000);
      }),
    );
  });

  test('is read from old lines without a date, and from no others', () => {
    const base = sglang.readLogTimeMs('[23:17:01 TP7] Load weight begin.') ?? Number.NaN;
    expect(sglang.readLogTimeMs('[23:17:03] x')).toBe(base + 2000);
    expect(sglang.readLogTimeMs('torch.OutOfMemoryError: CUDA out of memory.')).toBeNull();
  });
});

describe('whose log it is', () => {
  test.each([
    '[2026-10-04 02:14:55 DP0 TP3 EP3] Load weight begin. avail mem=138.21 GB',
    '  File "/venv/lib/python3.12/site-packages/sglang/srt/managers/scheduler.py", line 1, in run',
  ])('SGLang\u2019s: %s', (line) => {
    expect(sglang.recognizesLogLine(line)).toBe(true);
  });

  test.each([
    '(EngineCore pid=4302) INFO 11-23 02:14:55 [core.py:122] Initializing a V1 LLM engine (v0.25.1) with config',
    "0.00.312.077 I srv    load_model: loading model '/models/kimi.gguf'",
    'Loading safetensors checkpoint shards:  45% Completed | 10/22 [00:05<00:06,  2.0it/s]',
  ])('not SGLang\u2019s: %s', (line) => {
    expect(sglang.recognizesLogLine(line)).toBe(false);
  });
});

describe('any line', () => {
  const pieces = fc.constantFrom(
    'Load weight end. elapsed=1 s, ',
    'KV Cache is allocated. #tokens: 1, ',
    'Capture a cuda graph end. Time elapsed: ',
    'Capturing batches (bs=1 |',
    'Multi-thread loading shards: ',
    'Completed | 1/',
    'Subprocess ',
    'Model architectures [',
    'Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=',
    'max_total_num_tokens=1, ',
    'Prefill batch, #',
    'x'.repeat(2000),
    '9'.repeat(400),
    ' '.repeat(2000),
  );

  test('however long or strange, does no harm', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), {maxLength: 40}), (parts) => {
        const line = parts.join(' ');
        for (const event of read(line)) {
          if (event.type === 'progress') {
            expect(event.ratio).toBeGreaterThanOrEqual(0);
            expect(event.ratio).toBeLessThanOrEqual(1);
          }
        }
        sglang.readLogTimeMs(line);
        sglang.recognizesLogLine(line);
      }),
    );
  });
});
