import {describe, expect, test} from 'vitest';
import {modelOfConfig} from '../../../../src/domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../../../src/domain/memory/model/config-json/model-config.ts';
import {type PlannedModel, resolveModel} from '../../../../src/domain/memory/model/planned-model.ts';
import {parseNodeSpec} from '../../../../src/domain/memory/node-spec.ts';
import type {MemoryPlan} from '../../../../src/domain/memory/plan/memory-plan.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {findEngine} from '../../../../src/engines/registry.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {
  deepseekV32,
  glm51,
  glm51Modelopt,
  glm52,
  gptOss20b,
  gptOss120b,
  kimiLinear,
  miniMaxM25,
  qwen3Next,
  qwen35Dense,
  qwen35Moe,
} from '../model/hybrid-configs.ts';
import {usualSettings} from '../plan-samples.ts';

function modelOf(config: object, separate?: object): PlannedModel {
  const place = '/models/m/config.json';
  const file =
    separate === undefined ? undefined : {text: JSON.stringify(separate), place: '/models/m/hf_quant_config.json'};
  const read = readModelConfig(JSON.stringify(config), place, file);
  if (!read.ok) throw new Error(read.error.message);
  const model = resolveModel('m', 'auto', modelOfConfig(place, read.value));
  if (!model.ok) throw new Error(model.error.message);
  return model.value;
}

function planOf(model: PlannedModel, node: string, change: Partial<LaunchSettings>): MemoryPlan {
  const planned = parseNodeSpec(node);
  const settings = {...usualSettings, ...change};
  const engine = findEngine(settings.engine);
  if (!planned.ok || engine === undefined) throw new Error(`no such node or engine: ${node}`);
  const spread = {...settings, tensorParallelSize: planned.value.gpuCount};
  return planMemory({
    settings: spread,
    model,
    node: planned.value,
    engine: engine.memory,
    engineVersion: null,
    learned: null,
  });
}

const pool = (gib: number) => ['--kv-cache-memory-bytes', String(Math.round(gib * BYTES_PER_GIB))];

test.each<[string, object, number, number]>([
  ['DeepSeek V3.2', deepseekV32, 671.9, 37.5],
  ['GLM-5.1', glm51, 743.9, 40.8],
  ['gpt-oss-20b', gptOss20b, 20.9, 3.6],
  ['gpt-oss-120b', gptOss120b, 116.8, 5.1],
  ['Qwen3-Next-80B-A3B', qwen3Next, 79.7, 3.6],
  ['Qwen3.5-27B', qwen35Dense, 27.4, 25.6],
  ['Qwen3.5-35B-A3B', qwen35Moe, 35.1, 2.9],
  ['Kimi-Linear-48B-A3B', kimiLinear, 49.1, 3.1],
  ['MiniMax-M2.5', miniMaxM25, 228.7, 10.4],
])('%s has %d billion parameters as its name or card says, %d active', (_, config, total, active) => {
  const {parameters} = modelOf(config);
  expect(parameters.total / 1e9).toBeCloseTo(total, 0);
  expect(parameters.active / 1e9).toBeCloseTo(active, 0);
});

// Bytes of a token on one GPU, from published token counts of pools.
test.each<[string, object, Partial<LaunchSettings>, number]>([
  ['DeepSeek V3.2, FP8 with an indexer on each of 61 layers', deepseekV32, {kvCacheDtype: 'fp8'}, 48_068],
  ['the same in 16 bit', deepseekV32, {}, 61 * (1152 + 132)],
  ['GLM-5.1, FP8, an indexer on each of 78 layers', glm51, {kvCacheDtype: 'fp8'}, 61_464],
  ['GLM-5.2, FP8, an indexer on 21 of 78 layers', glm52, {kvCacheDtype: 'fp8'}, 53_940],
  ['gpt-oss-20b: 12 of 24 layers keep every token', gptOss20b, {}, 12 * 2 * 64 * 2],
  ['Qwen3.5-27B on eight cards, one head on each: 16 of 64 layers', qwen35Dense, {kvCacheDtype: 'fp8'}, 16 * 512],
  ['Kimi Linear: 7 of 27 layers', kimiLinear, {}, 7 * 1152],
  ['MiniMax: all layers', miniMaxM25, {}, 62 * 2 * 128 * 2],
])('a token of %s', (_, config, change, expected) => {
  expect(planOf(modelOf(config), '8xH200', {contextLengthTokens: 32_768, ...change}).kvCache.bytesPerToken).toBe(
    expected,
  );
});

type Pool = {
  readonly name: string;
  readonly config: object;
  readonly node: string;
  readonly gib: number;
  readonly change: Partial<LaunchSettings>;
  readonly tokens?: number;
  readonly concurrency: number;
};

// What vLLM printed for a pool, in logs that others published.
test.each<Pool>([
  {
    name: 'GLM-5.1, vLLM 0.20, eight cards',
    config: glm51,
    node: '8xRTX PRO 6000',
    gib: 19.55,
    change: {kvCacheDtype: 'fp8', contextLengthTokens: 202_752},
    tokens: 341_504,
    concurrency: 1.68,
  },
  {
    name: 'the same with decode context parallel 4',
    config: glm51,
    node: '8xRTX PRO 6000',
    gib: 19.47,
    change: {kvCacheDtype: 'fp8', contextLengthTokens: 202_752, decodeContextParallelSize: 4},
    tokens: 1_360_384,
    concurrency: 6.71,
  },
  {
    name: 'GLM-5.2, vLLM 0.23, four cards',
    config: glm52,
    node: '4xGH200',
    gib: 32.32,
    change: {kvCacheDtype: 'fp8', contextLengthTokens: 400_000},
    tokens: 643_136,
    concurrency: 1.61,
  },
  {
    name: 'Kimi Linear, vLLM 0.11, two cards, without prefix caching',
    config: kimiLinear,
    node: '2xRTX 3090',
    gib: 2.295,
    change: {contextLengthTokens: 120_000, extraArguments: ['--no-enable-prefix-caching']},
    concurrency: 2.48,
  },
  {
    name: 'Qwen 3.8 27B, of the shapes of 3.5, two RTX 3090',
    config: qwen35Dense,
    node: '2xRTX 3090',
    gib: 4.99,
    change: {kvCacheDtype: 'fp8', contextLengthTokens: 131_072},
    tokens: 302_921,
    concurrency: 2.31,
  },
  {
    name: 'Qwen 3.6 35B A3B, vLLM 0.24, one RTX 5090',
    config: qwen35Moe,
    node: '1xRTX 5090',
    gib: 5.98,
    change: {kvCacheDtype: 'fp8', contextLengthTokens: 131_072},
    tokens: 567_978,
    concurrency: 4.33,
  },
  {
    name: 'MiniMax M2.5, vLLM 0.16, four cards',
    config: miniMaxM25,
    node: '4xRTX PRO 6000',
    gib: 23.62,
    change: {contextLengthTokens: 196_608},
    tokens: 399_424,
    concurrency: 2.03,
  },
])('$name: $gib GiB hold $tokens tokens, $concurrency requests of full length', (start) => {
  const {config, node, gib, change, tokens, concurrency} = start;
  const extraArguments = [...(change.extraArguments ?? []), ...pool(gib)];
  const {kvCache} = planOf(modelOf(config), node, {...change, extraArguments});
  // The pool is printed with two digits.
  const digit = 0.005 / gib + 0.0005;
  if (tokens !== undefined) expect(Math.abs(kvCache.capacityTokens / tokens - 1)).toBeLessThan(digit);
  expect(Math.abs(kvCache.fullLengthSequences - concurrency)).toBeLessThan(0.005 + concurrency * digit);
});

test.each<[string, object, string, number]>([
  ['Qwen 3.5 27B', qwen35Dense, '1xRTX 5090', 1568],
  ['Qwen 3.5 27B', qwen35Dense, '2xRTX 3090', 1568],
  ['Qwen 3.5 35B', qwen35Moe, '1xRTX 5090', 2096],
])('%s on %s: a block holds as much as a state, %i tokens', (_, config, node, expected) => {
  const plan = planOf(modelOf(config), node, {kvCacheDtype: 'fp8', contextLengthTokens: 8192});
  expect(plan.kvCache.blockTokens).toBe(expected);
});

test('Qwen 3 Next keeps its state in 16 bit: 544 tokens in a block', () => {
  expect(planOf(modelOf(qwen3Next), '1xH200', {contextLengthTokens: 8192}).kvCache.blockTokens).toBe(544);
});

// `Model loading took`, GiB on each card.
test.each<[string, object, object | undefined, string, number]>([
  ['gpt-oss-20b, one H100', gptOss20b, undefined, '1xH100', 13.47],
  ['gpt-oss-120b, one H100', gptOss120b, undefined, '1xH100', 64.38],
  ['MiniMax M2.5, four cards', miniMaxM25, undefined, '4xRTX PRO 6000', 53.75],
  ['GLM-5.1 in NVFP4 by the file beside its configuration', withoutQuantization(glm51), glm51Modelopt, '8xH200', 55.67],
])('%s: weights within 1 % of the log', (_, config, separate, node, gib) => {
  const {perGpu} = planOf(modelOf(config, separate), node, {contextLengthTokens: 8192});
  expect(Math.abs(perGpu.weightsBytes / BYTES_PER_GIB / gib - 1)).toBeLessThan(0.01);
});

function withoutQuantization({quantization_config: _, ...config}: typeof glm51) {
  return config;
}

describe('SGLang divides its pool beforehand', () => {
  const settings = {engine: 'sglang', contextLengthTokens: 131_072};

  test.each([
    ['--swa-full-tokens-ratio', '0.5', gptOss120b, (18 + 0.5 * 18) * 2 * 2 * 64 * 2],
    ['--swa-full-tokens-ratio', '-1', gptOss120b, (18 + 0.8 * 18) * 2 * 2 * 64 * 2],
  ])('the ratio of windows is that of %s %s, if SGLang accepts it', (name, value, config, bytesPerToken) => {
    const change = {engine: 'sglang', contextLengthTokens: 131_072, extraArguments: [name, value]};
    expect(planOf(modelOf(config), '4xH100', change).kvCache.bytesPerToken).toBe(bytesPerToken);
  });

  test('an equal ratio of states leaves half of the pool for tokens', () => {
    const tokensOf = (extraArguments: readonly string[]) =>
      planOf(modelOf(qwen3Next), '4xH100', {
        engine: 'sglang',
        contextLengthTokens: 32_768,
        extraArguments: [...extraArguments],
      }).kvCache.capacityTokens;
    expect(tokensOf(['--mamba-full-memory-ratio', '1']) / tokensOf([])).toBeCloseTo(0.5 / (1 - 0.9 / 1.9), 3);
  });

  test('windows get room for 0.8 of all tokens', () => {
    const {kvCache} = planOf(modelOf(gptOss120b), '4xH100', settings);
    expect(kvCache.bytesPerToken).toBe((18 + 0.8 * 18) * 2 * 2 * 64 * 2);
  });

  test('states get 0.9 parts for one of tokens', () => {
    const {kvCache, perGpu} = planOf(modelOf(qwen3Next), '4xH100', settings);
    expect(kvCache.bytesPerToken).toBe(12 * 1024);
    expect(kvCache.capacityTokens).toBeCloseTo(perGpu.kvCachePoolBytes / 1.9 / (12 * 1024), -1);
  });
});

test('llama.cpp keeps a window of 128 and a batch of 512 tokens of 18 layers next to the context', () => {
  const plan = planOf(modelOf(gptOss120b), '1xH100', {engine: 'llamacpp', contextLengthTokens: 131_072});
  const layerBytes = 18 * 2 * 8 * 64 * 2;
  expect(plan.perGpu.kvCachePoolBytes).toBe(layerBytes * 131_072 + layerBytes * 1024);
});

describe('layers that predict further tokens', () => {
  const model = modelOf(deepseekV32);
  const shares = (change: Partial<LaunchSettings>) => planOf(model, '8xH200', {contextLengthTokens: 32_768, ...change});

  test('are in the checkpoint, and on the GPUs only on request', () => {
    // The published repository has 685 to 690 GB.
    expect(model.checkpoint.bytes / 1e9).toBeCloseTo(685.8, 0);
    expect(model.prediction?.layers).toBe(1);
    const plain = shares({});
    const mtp = shares({extraArguments: ['--speculative-config', '{"method":"mtp","num_speculative_tokens":1}']});
    const added = mtp.perGpu.weightsBytes - plain.perGpu.weightsBytes;
    // An eighth of the layer, and what is on every rank.
    expect(added).toBeGreaterThan((model.prediction?.bytes ?? 0) / 8);
    expect(added).toBeLessThan((model.prediction?.bytes ?? 0) / 7);
    expect(mtp.kvCache.bytesPerToken - plain.kvCache.bytesPerToken).toBe(1152);
  });

  test.each([
    [['--speculative-algorithm', 'EAGLE'], true],
    [['--speculative-algorithm', 'NEXTN'], true],
    [['--speculative-algorithm', 'NGRAM'], false],
    [[], false],
  ])('SGLang loads them with %j: %s', (extraArguments, isLoaded) => {
    const [plain, drafting] = [[], extraArguments].map((argv) => shares({engine: 'sglang', extraArguments: argv}));
    expect((drafting?.perGpu.weightsBytes ?? 0) > (plain?.perGpu.weightsBytes ?? 0)).toBe(isLoaded);
  });

  test('of a checkpoint without them are not planned', () => {
    const plan = planOf(modelOf(miniMaxM25), '8xH200', {
      contextLengthTokens: 32_768,
      extraArguments: ['--speculative-config', '{"method":"mtp"}'],
    });
    expect(plan.findings.map(({code}) => code)).toContain('memory.arguments-not-planned');
  });
});

describe('experts in host memory', () => {
  const model = modelOf(deepseekV32);
  const on = (engine: string, extraArguments: readonly string[]) =>
    planOf(model, '1xH200', {engine, contextLengthTokens: 8192, extraArguments: [...extraArguments]});
  const whole = on('llamacpp', []).perGpu.weightsBytes;
  const experts = model.parts.find(({name}) => name === 'routed-experts')?.bytes ?? 0;

  test.each<[readonly string[], number]>([
    [['--cpu-moe'], 58],
    [['-cmoe', '-ngl', '99'], 58],
    [['--n-cpu-moe', '13'], 10],
    [['-ncmoe', '61'], 58],
    [['-ot', 'exps=CPU'], 58],
    [['-ot', '.ffn_.*_exps.=CPU'], 58],
    [['--override-tensor', 'blk\\.(3|4)\\.ffn_.*_exps\\.weight=CPU'], 2],
    [['-ot', 'blk\\.3\\.ffn_(up|down)_exps=CPU,blk\\.4\\.ffn_gate_exps=CPU'], 1],
  ])('%j keeps those of %d layers there', (argv, layers) => {
    const plan = on('llamacpp', argv);
    expect(whole - plan.perGpu.weightsBytes).toBeCloseTo((experts * layers) / 58, -1);
    const codes = plan.findings.map(({code}) => code);
    expect(codes).toContain('memory.experts-on-host');
    expect(codes).not.toContain('memory.arguments-not-planned');
  });

  test.each([
    ['-ot', 'attn=CPU'],
    ['-ot', 'exps=CUDA1'],
    ['-ot', 'blk\\.3\\.=CPU'],
    ['-ot', '(exps=CPU'],
    ['-ngl', '20'],
  ])('%s %s moves something else, and the plan says so', (...argv) => {
    expect(on('llamacpp', argv).findings.map(({code}) => code)).toContain('memory.arguments-not-planned');
  });

  test.each<[readonly string[], number]>([
    [['--kt-weight-path', '/models/m', '--kt-num-gpu-experts', '64'], 0.75],
    [['--kt-method', 'FP8'], 1],
    [['--kt-method', 'FP8', '--kt-num-gpu-experts', '9999'], 0],
    [[], 0],
  ])('KTransformers with %j keeps %d of them there', (argv, share) => {
    const saved = on('sglang', []).perGpu.weightsBytes - on('sglang', argv).perGpu.weightsBytes;
    expect(saved).toBeCloseTo(experts * share, -1);
  });
});

test('a smaller cache is not said to hold twice the tokens where scales and an indexer do not shrink', () => {
  const change = {contextLengthTokens: 163_840, extraArguments: pool(20)};
  const planned = planOf(modelOf(deepseekV32), '8xH200', change);
  const fp8 = planOf(modelOf(deepseekV32), '8xH200', {...change, kvCacheDtype: 'fp8'});
  const advice = planned.findings.find(({code}) => code === 'memory.fp8-cache-doubles');
  expect(advice?.message).toContain(fp8.kvCache.capacityTokens.toLocaleString('en-US'));
  expect(fp8.kvCache.capacityTokens).toBeLessThan(planned.kvCache.capacityTokens * 1.7);
});
