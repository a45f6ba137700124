import {expect, test} from 'vitest';
import {modelOfConfig} from '../../../../src/domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../../../src/domain/memory/model/config-json/model-config.ts';
import {type PlannedModel, resolveModel} from '../../../../src/domain/memory/model/planned-model.ts';
import {parseNodeSpec} from '../../../../src/domain/memory/node-spec.ts';
import type {MemoryPlan} from '../../../../src/domain/memory/plan/memory-plan.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {findEngine} from '../../../../src/engines/registry.ts';
import {TABLES_LABEL} from '../../../../src/engines/vllm/overhead/process-parts.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {
  gemma3Large,
  gemma3Small,
  gemma4Dense,
  gemma4Moe,
  llama4Maverick,
  llama4Scout,
  mimoFlash,
  nemotronNano,
  nemotronSuper,
  step35Flash,
  step37Flash,
} from '../model/window-configs.ts';
import {usualSettings} from '../plan-samples.ts';

function modelOf(config: object): PlannedModel {
  const place = '/models/m/config.json';
  const read = readModelConfig(JSON.stringify(config), place);
  if (!read.ok) throw new Error(read.error.message);
  const model = resolveModel('m', 'auto', modelOfConfig(place, read.value));
  if (!model.ok) throw new Error(model.error.message);
  return model.value;
}

function planOf(config: object, node: string, version: string | null, change: Partial<LaunchSettings>): MemoryPlan {
  const planned = parseNodeSpec(node);
  const settings = {...usualSettings, ...change};
  const engine = findEngine(settings.engine);
  if (!planned.ok || engine === undefined) throw new Error(`no such node or engine: ${node}`);
  return planMemory({
    settings: {...settings, tensorParallelSize: planned.value.gpuCount},
    model: modelOf(config),
    node: planned.value,
    engine: engine.memory,
    engineVersion: version,
    learned: null,
  });
}

const pool = (gib: number) => ['--kv-cache-memory-bytes', String(Math.round(gib * BYTES_PER_GIB))];

// Parameters as transformers 5.19 counts its own models of these configurations, to what norms have.
test.each<[string, object, number]>([
  ['Gemma 3 4B', gemma3Small, 4_300_079_472],
  ['Gemma 3 27B', gemma3Large, 27_432_406_640],
  ['Gemma 4 31B', gemma4Dense, 31_273_086_512],
  ['Gemma 4 26B A4B', gemma4Moe, 25_805_933_872],
  ['Llama 4 Scout', llama4Scout, 108_641_793_536],
  ['Llama 4 Maverick', llama4Maverick, 401_583_781_376],
  ['MiMo V2 Flash', mimoFlash, 308_778_768_832],
  ['Nemotron 3 Nano', nemotronNano, 31_577_937_344],
  ['Nemotron 3 Super', nemotronSuper, 120_668_687_360],
])('%s has %d parameters', (_, config, total) => {
  expect(Math.abs(modelOf(config).parameters.total / total - 1)).toBeLessThan(0.0001);
});

// Step 3.5 Flash by its card: 196B with 11B active, without its vision tower and its layers for further tokens.
test('Step 3.5 Flash has 196 billion parameters, 11 of them active', () => {
  const {total, active} = modelOf(step35Flash).parameters;
  expect(total / 1e9).toBeCloseTo(196, -0.5);
  expect(active / 1e9).toBeCloseTo(11, -0.5);
});

test('the tower of Step 3.7 has the parameters that transformers counts', () => {
  const {parts} = modelOf(step37Flash);
  const of = (name: string) => parts.find((part) => part.name === name)?.parameters;
  expect([of('vision-tower'), of('vision-projector')]).toEqual([1_955_848_960, 25_165_824]);
});

type Pool = {
  readonly name: string;
  readonly config: object;
  readonly node: string;
  readonly version: string;
  readonly gib: number;
  readonly change: Partial<LaunchSettings>;
  readonly tokens?: number;
  readonly concurrency?: number;
};

// What the engines printed for a pool, in logs that others published. Written down before the plans were computed.
test.each<Pool>([
  // github.com/fuhengwu2021/coderepo, extra/README.md: --tensor-parallel-size 8, without the hybrid cache.
  {
    name: 'Llama 4 Scout, vLLM 0.12, all layers keep every token',
    config: llama4Scout,
    node: '8xH200',
    version: '0.12.0',
    gib: 89.71,
    change: {contextLengthTokens: 5_242_880},
    concurrency: 0.75,
  },
  // The same with VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE=1, which is the default since 0.13.
  {
    name: 'Llama 4 Scout, chunks keep what they need',
    config: llama4Scout,
    node: '8xH200',
    version: '0.13.0',
    gib: 89.71,
    change: {contextLengthTokens: 8_388_608},
    concurrency: 1.86,
  },
  {
    name: 'the same with a shorter context',
    config: llama4Scout,
    node: '8xH200',
    version: '0.13.0',
    gib: 89.71,
    change: {contextLengthTokens: 5_242_880},
    concurrency: 2.96,
  },
  // github.com/sgl-project/sglang/pull/15464: windows had room for as many tokens as the others.
  {
    name: 'MiMo V2 Flash, SGLang, four GPUs',
    config: mimoFlash,
    node: '4xH200',
    version: '0.5.6',
    gib: 77.63,
    change: {engine: 'sglang', extraArguments: ['--swa-full-tokens-ratio', '1'], contextLengthTokens: 262_144},
    tokens: 1_496_958,
  },
])('$name: $gib GiB hold $tokens tokens, $concurrency requests of full length', (start) => {
  const {config, node, version, gib, change, tokens, concurrency} = start;
  const isFixed = change.engine !== 'sglang';
  const extraArguments = [...(change.extraArguments ?? []), ...(isFixed ? pool(gib) : [])];
  const plan = planOf(config, node, version, {...change, extraArguments});
  const digit = 0.005 / gib + 0.0005;
  if (!isFixed && tokens !== undefined) {
    const published = (gib * BYTES_PER_GIB) / tokens;
    expect(Math.abs(plan.kvCache.bytesPerToken / published - 1)).toBeLessThan(digit);
    return;
  }
  if (tokens !== undefined) expect(Math.abs(plan.kvCache.capacityTokens / tokens - 1)).toBeLessThan(digit);
  if (concurrency !== undefined) {
    expect(Math.abs(plan.kvCache.fullLengthSequences - concurrency)).toBeLessThan(0.005 + concurrency * digit);
  }
});

// github.com/vllm-project/vllm/issues/49878: 49.0 GiB by --kv-cache-memory-bytes, --max-num-batched-tokens 32768.
test.each([
  ['0.25.1', 45.79, 262_144],
  ['0.26.0', 70.79, 58_368],
])(
  'Gemma 4 31B by vLLM %s: a request of 262,144 tokens needs %d GiB, 49 GiB hold %i tokens',
  (version, gib, longest) => {
    const plan = planOf(gemma4Dense, '1xRTX PRO 6000', version, {
      contextLengthTokens: 262_144,
      extraArguments: ['--max-num-batched-tokens', '32768', ...pool(49)],
    });
    expect(plan.kvCache.bytesPerFullLengthSequence / BYTES_PER_GIB).toBeCloseTo(gib, 1);
    expect(Math.min(plan.kvCache.longestSequenceTokens, 262_144)).toBe(longest);
  },
);

// github.com/ggml-org/llama.cpp/pull/22493: 5,760 MiB for 262,144 cells of 9 layers, 195 KiB for a cell of the other 39.
test('llama.cpp keeps 262,144 tokens of the whole layers of MiMo V2 in 5,760 MiB, and the windows next to them', () => {
  const plan = planOf(mimoFlash, '1xH200', null, {engine: 'llamacpp', contextLengthTokens: 262_144});
  expect((plan.kvCache.bytesPerToken * 262_144) / 1024 ** 2).toBe(5760);
  const windows = plan.kvCache.bytesPerFullLengthSequence - 5760 * 1024 ** 2;
  const cell = (828.75 * 1024 ** 2) / 4352;
  // A window of 128 for each of four requests, and a batch of 512.
  expect(windows / cell).toBeCloseTo(1024, 6);
});

// `Model loading took`, GiB on each GPU, with the tables of rotary positions that loading adds.
test.each<[string, object, string, string, number]>([
  // github.com/vllm-project/vllm/issues/15676: 13.1665 on each of four GPUs.
  ['Gemma 3 27B, vLLM 0.8.2, four GPUs', gemma3Large, '4xA100', '0.8.2', 13.1665],
])('%s: weights within 1 % of the log', (_, config, node, version, gib) => {
  const plan = planOf(config, node, version, {contextLengthTokens: 8192, visionMode: 'weights'});
  const tables = plan.arithmetic.find(({label}) => label === TABLES_LABEL)?.value ?? 0;
  expect(Math.abs((plan.perGpu.weightsBytes + tables) / BYTES_PER_GIB / gib - 1)).toBeLessThan(0.01);
});

// github.com/fuhengwu2021/coderepo, extra/README.md: vLLM 0.12.0, fraction 0.9, context of 2,097,152, 89.71 GiB.
test('Llama 4 Scout on eight H200, vLLM 0.12: the pool from scratch is within 5 % of the log', () => {
  const plan = planOf(llama4Scout, '8xH200', '0.12.0', {contextLengthTokens: 2_097_152, memoryFraction: 0.9});
  const {kvCachePoolBytes, kvCachePoolRange} = plan.perGpu;
  expect(plan.verdict).toBe('fits');
  expect(Math.abs(kvCachePoolBytes / BYTES_PER_GIB / 89.71 - 1)).toBeLessThan(0.05);
  expect((kvCachePoolRange?.mostBytes ?? 0) / BYTES_PER_GIB).toBeGreaterThan(89.71);
});

test.each([
  ['Gemma 4 31B', gemma4Dense, false],
  ['Nemotron 3 Nano', nemotronNano, true],
])('the windows of %s are not divided by decode context parallelism', (_, config, isTaken) => {
  const change = {contextLengthTokens: 8192, decodeContextParallelSize: 2};
  const {verdict, findings} = planOf(config, '8xH200', null, change);
  expect(verdict === 'does-not-fit').toBe(!isTaken);
  expect(findings.some(({code}) => code === 'memory.decode-context-unsupported')).toBe(!isTaken);
});

test('windows that keep every token are divided, since vLLM 0.16', () => {
  const refused = (config: object, version: string | null, extraArguments: string[]) => {
    const change = {contextLengthTokens: 8192, decodeContextParallelSize: 2, extraArguments};
    const {findings} = planOf(config, '8xH200', version, change);
    return findings.some(({code}) => code === 'memory.decode-context-unsupported');
  };
  const off = ['--disable-hybrid-kv-cache-manager'];
  expect(refused(gemma3Large, null, [])).toBe(true);
  expect(refused(gemma3Large, null, off)).toBe(false);
  expect(refused(gemma3Large, '0.16.0', off)).toBe(false);
  expect(refused(gemma3Large, '0.15.1', off)).toBe(true);
  // It keeps whole chunks by itself, but computes its need with them as chunks.
  expect(refused(llama4Scout, '0.12.0', [])).toBe(true);
});
