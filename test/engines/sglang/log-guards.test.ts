import {describe, expect, test} from 'vitest';
import {type EngineLogEvent, type LogContext, unknownLogContext} from '../../../src/engines/engine.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';

const stamp = '[2026-07-01 10:00:00 TP0] ';
const gib = (count: number) => Math.round(count * BYTES_PER_GIB);

function read(text: string, context: Partial<LogContext> = {}): readonly EngineLogEvent[] {
  return sglang.interpretLogLine(text, {...unknownLogContext, ...context});
}

const phasesOf = (events: readonly EngineLogEvent[]) =>
  events.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
const factsOf = (events: readonly EngineLogEvent[]) =>
  Object.fromEntries(events.flatMap((event) => (event.type === 'fact' ? [[event.name, event.value]] : [])));

describe('a phase that is before the current one', () => {
  const begin = `${stamp}Load weight begin. avail mem=139.10 GB`;

  test.each<[string, Partial<LogContext>, readonly string[]]>([
    ['is entered where the beginning was not read', {phase: null}, ['load-weights']],
    ['is entered from an earlier one', {phase: 'resolve'}, ['load-weights']],
    ['is entered from itself', {phase: 'load-weights'}, ['load-weights']],
    ['is not entered from a later one: that is a draft model', {phase: 'profile'}, []],
    ['is entered once the server was ready: that is another start', {phase: 'serve', isReady: true}, ['load-weights']],
  ])('%s', (_, context, phases) => {
    expect(phasesOf(read(begin, context))).toEqual(phases);
  });

  test('the type of the cache begins profiling only after loading', () => {
    const line = `${stamp}Using KV cache dtype: torch.bfloat16, mem`;
    expect(phasesOf(read(line, {phase: 'load-weights'}))).toEqual(['profile']);
    for (const phase of [null, 'resolve', 'kv-cache'] as const) expect(read(line, {phase})).toEqual([]);
  });
});

describe('loaded weights', () => {
  const end = (type: string) =>
    `${stamp}Load weight end. elapsed=95.5 s, type=${type}, dtype=torch.bfloat16, avail mem=66.2 GB, mem usage=72.5 GB.`;

  test('are reported with their time and size', () => {
    expect(read(end('KimiK25ForConditionalGeneration'))).toEqual([
      {type: 'progress', phase: 'load-weights', ratio: 1},
      {type: 'fact', name: 'weightsLoadSeconds', value: 95.5},
      {type: 'fact', name: 'weightsBytesPerGpu', value: gib(72.5)},
    ]);
  });

  test.each(['LlamaForCausalLMEagle3', 'DeepseekV3ForCausalLMNextN', 'MiMoMTP', 'QwenDraft', 'XDFlash', 'XMedusa'])(
    'of %s are those of a draft',
    (type) => {
      expect(read(end(type))).toEqual([]);
    },
  );

  test('after the pool are those of a draft', () => {
    expect(read(end('KimiK25'), {facts: {kvCachePoolBytesPerGpu: 0}})).toEqual([]);
  });

  test('without time and size only end the phase', () => {
    expect(read(`${stamp}Load weight end. avail mem=1 GB`)).toEqual([
      {type: 'progress', phase: 'load-weights', ratio: 1},
    ]);
  });
});

describe('the pool', () => {
  const pool = (sizes: string) => `${stamp}KV Cache is allocated. #tokens: 715072, ${sizes}`;

  test('is of one size, or of keys and values', () => {
    const one = factsOf(read(pool('KV size: 46.5 GB')));
    expect(one).toEqual({kvCachePoolBytesPerGpu: gib(46.5), kvCapacityTokens: 715_072});
    const two = factsOf(read(pool('K size: 20.5 GB, V size: 10.25 GB')));
    expect(two).toEqual({kvCachePoolBytesPerGpu: gib(30.75), kvCapacityTokens: 715_072});
  });

  test('is the first one', () => {
    expect(read(pool('KV size: 46.5 GB'), {facts: {kvCachePoolBytesPerGpu: 0}})).toEqual([]);
  });

  test('of sliding windows and its end are reported', () => {
    expect(read(`${stamp}SWAKVPool mem usage: 30.5 GB, swa size: 1`)).toEqual([
      {type: 'phase', phase: 'kv-cache'},
      {type: 'fact', name: 'kvCachePoolBytesPerGpu', value: gib(30.5)},
    ]);
    expect(read(`${stamp}Memory pool end. avail mem=19.3 GB`)).toEqual([
      {type: 'phase', phase: 'kv-cache'},
      {type: 'progress', phase: 'kv-cache', ratio: 1},
    ]);
    expect(phasesOf(read(`${stamp}Memory pool end. avail mem=19.3 GB`, {phase: 'capture-graphs'}))).toEqual([]);
  });
});

describe('graphs', () => {
  const end = (prefix: string, size = ' mem usage=1.5 GB. avail mem=17.8 GB.') =>
    `${prefix}Capture cuda graph end. Time elapsed: 12.345 s.${size}`;

  test('of several models are added', () => {
    const facts = {graphCaptureSeconds: 1.1, cudaGraphBytesPerGpu: gib(1)};
    expect(factsOf(read(end(stamp), {facts}))).toEqual({graphCaptureSeconds: 13.45, cudaGraphBytesPerGpu: gib(2.5)});
    expect(factsOf(read(end(stamp)))).toEqual({graphCaptureSeconds: 12.35, cudaGraphBytesPerGpu: gib(1.5)});
  });

  test('may have no size', () => {
    expect(factsOf(read(end(stamp, '')))).toEqual({graphCaptureSeconds: 12.35});
  });

  test.each(['TP1', 'TP10', 'PP1 TP0', 'DP1 TP0', 'DP0 TP3 EP3'])('of the rank %s are not counted again', (ranks) => {
    expect(factsOf(read(end(`[2026-07-01 10:00:00 ${ranks}] `)))).toEqual({});
    expect(phasesOf(read(end(`[2026-07-01 10:00:00 ${ranks}] `)))).toEqual(['capture-graphs']);
  });

  test.each(['[2026-07-01 10:00:00] ', '[2026-07-01 10:00:00 DP0 TP0 EP0] ', '', '[2026-07-01 10:00:00 EP1] '])(
    'after the prefix %j are counted',
    (prefix) => {
      expect(factsOf(read(end(prefix)))).toHaveProperty('graphCaptureSeconds', 12.35);
    },
  );

  test('begin their phase', () => {
    expect(read(`${stamp}Capture cuda graph begin. This can take up to several minutes. avail mem=19.3 GB`)).toEqual([
      {type: 'phase', phase: 'capture-graphs'},
    ]);
  });
});

describe('the summary', () => {
  const summary = (tokens: number, rest = '') =>
    `${stamp}max_total_num_tokens=${tokens}, chunked_prefill_size=8192, max_running_requests=64, context_len=262144${rest}`;

  test('has its numbers, and the free memory if it is logged', () => {
    const numbers = {kvCapacityTokens: 300_000, maxRunningRequests: 64, contextLengthTokens: 262_144};
    expect(factsOf(read(summary(300_000)))).toEqual(numbers);
    expect(factsOf(read(summary(300_000, ', available_gpu_mem=17.5 GB')))).toEqual({
      ...numbers,
      freeBytesPerGpu: gib(17.5),
    });
  });

  test.each([
    [262_143, {contextLengthTokens: 262_143}],
    [0, {contextLengthTokens: 1}],
  ])('of %i tokens is a notice with a context that fits', (tokens, settingsChange) => {
    const notices = read(summary(tokens)).filter(({type}) => type === 'notice');
    expect(notices).toMatchObject([
      {finding: {code: 'sglang.kv-cache-smaller-than-context', severity: 'warning', settingsChange}},
    ]);
  });

  test('of exactly one full request has no notice', () => {
    expect(read(summary(262_144)).some(({type}) => type === 'notice')).toBe(false);
  });
});

describe('progress bars', () => {
  const shards = (done: number) => `Loading safetensors checkpoint shards:  9% Completed | ${done}/64 [00:01<00:02]`;

  test.each([
    [shards(16), [{type: 'progress', phase: 'load-weights', ratio: 0.25}]],
    [`${shards(8)}\r${shards(32)}`, [{type: 'progress', phase: 'load-weights', ratio: 0.5}]],
    ['Fetching 8 files:  50%|#####     | 4/8 [00:01<00:01]', [{type: 'progress', phase: 'download', ratio: 0.5}]],
    [
      'Capturing batches (bs=8):  25%|## | 1/4 [00:01<00:03]',
      [
        {type: 'phase', phase: 'capture-graphs'},
        {type: 'progress', phase: 'capture-graphs', ratio: 0.25},
      ],
    ],
    [
      'Compiling num tokens (num_tokens=8):  75%|## | 3/4 [00:01<00:03]',
      [
        {type: 'phase', phase: 'capture-graphs'},
        {type: 'progress', phase: 'capture-graphs', ratio: 0.75},
      ],
    ],
  ])('%j', (text, events) => {
    expect(read(text)).toEqual(events);
  });

  test.each(['9% Completed | 16/64 [00:01<00:02]', 'Downloading: 9% Completed | 16/64', 'Fetching 8 files: 50%'])(
    '%j is not recognized',
    (text) => {
      expect(read(text)).toEqual([]);
    },
  );

  test('of 0 items is at 0', () => {
    expect(read('Loading shards: 0% Completed | 0/0 [')).toEqual([{type: 'progress', phase: 'load-weights', ratio: 0}]);
  });

  test('do not hide what follows on the same line', () => {
    expect(read(`${shards(64)}${stamp}Memory pool end. avail mem=1 GB`)).toEqual([
      {type: 'progress', phase: 'load-weights', ratio: 1},
      {type: 'phase', phase: 'kv-cache'},
      {type: 'progress', phase: 'kv-cache', ratio: 1},
    ]);
  });
});

describe('a batch', () => {
  const unknown = {
    promptTokensPerSecond: null,
    generationTokensPerSecond: null,
    runningRequests: null,
    waitingRequests: null,
    kvUsageRatio: null,
    prefixCacheHitRatio: null,
  };

  test.each([
    [
      'Prefill batch, #running-req: 3, #queue-req: 2, input throughput (token/s): 10.5',
      {
        runningRequests: 3,
        waitingRequests: 2,
        promptTokensPerSecond: 10.5,
      },
    ],
    [
      'Decode batch, #running-req: 3, token usage: 0.25, gen throughput (token/s): 20.5',
      {
        runningRequests: 3,
        kvUsageRatio: 0.25,
        generationTokensPerSecond: 20.5,
      },
    ],
    [
      'Decode batch. #running-req: 1, full token usage: 0.5, swa token usage: 0.1',
      {
        runningRequests: 1,
        kvUsageRatio: 0.5,
      },
    ],
  ])('%s', (text, said) => {
    expect(read(`${stamp}${text}`)).toEqual([{type: 'traffic', traffic: {...unknown, ...said}}]);
  });

  test('without a number, or one that only begins alike, is ignored', () => {
    expect(read(`${stamp}Decode batch, nothing`)).toEqual([]);
    expect(read(`${stamp}Decode batches #running-req: 1`)).toEqual([]);
  });
});

test('of the arguments only the fraction is used', () => {
  expect(read(`${stamp}server_args=ServerArgs(api_key='hush', mem_fraction_static=0.85, x=1)`)).toEqual([
    {type: 'phase', phase: 'launch'},
    {type: 'fact', name: 'memoryFraction', value: 0.85},
  ]);
  expect(factsOf(read(`${stamp}server_args={'mem_fraction_static': 0.9}`))).toEqual({memoryFraction: 0.9});
  expect(read(`${stamp}server_args=ServerArgs(mem_fraction_static=None)`)).toEqual([{type: 'phase', phase: 'launch'}]);
  expect(read(`${stamp}my_server_args=ServerArgs(mem_fraction_static=0.9)`)).toEqual([]);
});

test('what clients send and receive is never read', () => {
  const failure = 'CUDA out of memory. Tried to allocate 2.00 GiB';
  expect(read(`${stamp}${failure}`)).not.toEqual([]);
  for (const mark of ['Receive: obj=', 'Finish: obj=', '"event": "request.x"', '.reqs=[', 'Req(rid=1)']) {
    expect(read(`${stamp}${mark} ${failure}`)).toEqual([]);
  }
  expect(read(`INFO:     127.0.0.1:5000 - "GET /${failure} HTTP/1.1" 200`)).toEqual([]);
  expect(read('INFO:     Uvicorn running on http://0.0.0.0:30000')).toEqual([{type: 'phase', phase: 'serve'}]);
});

test.each([
  '[2026-03-01 00:00:00] The memory capacity is unbalanced. Some GPUs may be occupied by other processes.',
  '[2026-03-01 00:00:00] Warning: User-specified context_length (262144) is greater than the derived context_length (131072).',
])('a warning that holds for the whole run is marked as such: %s', (line) => {
  const [event] = sglang.interpretLogLine(line, unknownLogContext);
  expect(event).toMatchObject({type: 'notice', isLasting: true, finding: {severity: 'warning'}});
});

test.each([
  ['0.85', 0.85],
  ['1', 1],
])('a memory fraction of %s is read from the arguments', (text, value) => {
  expect(factsOf(read(`${stamp}server_args=ServerArgs(tp_size=8, mem_fraction_static=${text}, port=1)`))).toEqual({
    memoryFraction: value,
    tensorParallelSize: 8,
  });
});

test('a slow step is reported with its time limit', () => {
  const line = `${stamp}Scheduler watchdog timeout (self.watchdog_timeout=300.0, self.soft=True)`;
  const [awaited, event] = read(line);
  expect(awaited).toEqual({type: 'step-awaited', seconds: 300});
  expect(event).toMatchObject({type: 'notice', finding: {code: 'sglang.step-slow'}});
  expect(event?.type === 'notice' ? event.finding.message : '').toContain(' 300 s');
});
