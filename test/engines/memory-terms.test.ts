import {describe, expect, test} from 'vitest';
import type {Architecture} from '../../src/domain/memory/model/architecture.ts';
import {planMemory} from '../../src/domain/memory/plan/plan-memory.ts';
import type {LaunchSettings, SettingsChange} from '../../src/domain/settings/launch-settings.ts';
import {findEngine} from '../../src/engines/registry.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../src/shared/units.ts';
import {catalogCard, H200, knownArchitecture, planInput, usualSettings} from '../domain/memory/plan-samples.ts';

const kimi = knownArchitecture();
const dense: Architecture = {...kimi, experts: null};
const grouped: Architecture = {
  ...kimi,
  attention: {
    kind: 'gqa',
    heads: 64,
    kvHeads: 8,
    headSize: 128,
    hasQueryKeyValueBias: false,
    hasOutputBias: false,
    hasQueryKeyNorms: false,
    hasOutputGate: false,
    hasSinks: false,
  },
};

type Change = Partial<LaunchSettings>;
type More = {
  readonly card?: string;
  readonly gpuCount?: number;
  readonly architecture?: Architecture;
  readonly version?: string;
};

function terms(
  engine: string,
  change: Change = {},
  {card = H200, gpuCount = 8, architecture = kimi, version}: More = {},
) {
  const memory = findEngine(engine)?.memory;
  if (memory === undefined) throw new Error(`no engine ${engine}`);
  return memory.terms({
    settings: {...usualSettings, engine, ...change},
    card: catalogCard(card),
    gpuCount,
    architecture,
    version: version ?? null,
  });
}

const codes = (engine: string, change: Change, more: More = {}) =>
  terms(engine, change, more).findings.map(({code}) => code);
const gib = (count: number) => Math.round(count * BYTES_PER_GIB);

describe('vLLM', () => {
  test.each<[string, Change, Architecture, object]>([
    ['plain', {}, kimi, {gpuCount: 8, attentionRanks: 8, denseRanks: 8, expertRanks: 8, stages: 1, replicas: 1}],
    ['stages', {tensorParallelSize: 4, pipelineParallelSize: 2}, kimi, {gpuCount: 8, attentionRanks: 4, stages: 2}],
    [
      'replicas that share their experts',
      {tensorParallelSize: 2, dataParallelSize: 4, expertParallel: true},
      kimi,
      {gpuCount: 8, attentionRanks: 2, denseRanks: 2, expertRanks: 8, isExpertParallel: true, replicas: 4},
    ],
    [
      'replicas of a dense model',
      {tensorParallelSize: 2, dataParallelSize: 4},
      dense,
      {gpuCount: 8, expertRanks: 2, isExpertParallel: false},
    ],
    ['shared cache', {decodeContextParallelSize: 8}, kimi, {decodeContextRanks: 8}],
    ['no vision', {visionMode: 'absent'}, kimi, {visionMode: 'absent'}],
  ])('is placed by its settings: %s', (_, change, architecture, placement) => {
    expect(terms('vllm', change, {architecture}).placement).toMatchObject(placement);
  });

  test.each<[string, readonly string[], object]>([
    ['tensor', ['-tp', '4'], {gpuCount: 4, attentionRanks: 4}],
    ['pipeline', ['--pipeline-parallel-size=2'], {gpuCount: 16, stages: 2}],
    ['data', ['-dp', '2'], {gpuCount: 16, replicas: 2}],
    ['decode context', ['-dcp', '4'], {decodeContextRanks: 4}],
    ['experts', ['-ep'], {isExpertParallel: true}],
    ['no vision', ['--language-model-only'], {visionMode: 'absent'}],
    ['vision weights', ['--mm-encoder-tp-mode', 'weights'], {visionMode: 'weights'}],
    ['vision data', ['--mm-encoder-tp-mode', 'data'], {visionMode: 'data'}],
    ['a vision mode that is none', ['--mm-encoder-tp-mode', 'x'], {visionMode: 'data'}],
    [
      'sizes that are none',
      ['-tp', '0', '-dp', '-2', '-pp', '2x', '-dcp', 'x2'],
      {gpuCount: 8, replicas: 1, stages: 1},
    ],
    ['the last of two', ['-tp', '4', '-tp', '2'], {attentionRanks: 2}],
  ])('is placed by its extra arguments, which count last: %s', (_, extraArguments, placement) => {
    expect(terms('vllm', {extraArguments: [...extraArguments]}).placement).toMatchObject(placement);
  });

  test.each<[Change, More, number]>([
    [{}, {}, 16],
    [{kvCacheDtype: 'fp8'}, {}, 64],
    [{kvCacheDtype: 'fp8'}, {card: 'NVIDIA L40S'}, 16],
    [{}, {card: 'NVIDIA B200'}, 32],
    [{kvCacheDtype: 'fp8'}, {card: 'NVIDIA B200'}, 32],
    [{kvCacheDtype: 'fp8'}, {architecture: grouped}, 16],
    [{}, {card: 'NVIDIA B200', architecture: grouped}, 16],
    [{extraArguments: ['--block-size', '128']}, {}, 128],
    [{extraArguments: ['--block-size', '0']}, {}, 16],
  ])('blocks with %j on %j are of %i tokens', (change, more, tokens) => {
    expect(terms('vllm', change, more).blockTokens).toBe(tokens);
  });

  test.each([
    ['auto', 2],
    ['bf16', 2],
    ['fp8', 1],
  ] as const)('an element of a cache of %s needs %i bytes', (kvCacheDtype, bytes) => {
    expect(terms('vllm', {kvCacheDtype}).kvElementBytes).toBe(bytes);
  });

  test('a fraction that leaves no room for the context is refused, one that leaves none for graphs is a warning', () => {
    const {cudaVisibleBytes} = catalogCard(H200);
    const leaving = (bytes: number): number => 1 - bytes / cudaVisibleBytes;
    const fits = Math.floor(leaving(gib(0.9) + gib(1.18)) * 100) / 100;
    for (const [memoryFraction, severity] of [
      [0.999, 'critical'],
      [leaving(gib(0.89)), 'critical'],
      [leaving(gib(0.91)), 'warning'],
      [leaving(gib(2.07)), 'warning'],
    ] as const) {
      expect(terms('vllm', {memoryFraction}).findings, String(memoryFraction)).toMatchObject([
        {code: 'memory.fraction-too-high', severity, settingsChange: {memoryFraction: fits}},
      ]);
    }
    expect(codes('vllm', {memoryFraction: leaving(gib(2.09))})).toEqual([]);
    expect(codes('vllm', {memoryFraction: fits})).toEqual([]);
  });

  test.each([
    ...['--cpu-offload-gb', '--gpu-memory-utilization', '--kv-cache-dtype', '--max-model-len'],
    ...['--quantization', '-q'],
  ])('%s among the extra arguments is reported as not planned', (option) => {
    const {findings} = terms('vllm', {extraArguments: [option, '1']});
    expect(findings).toMatchObject([{code: 'memory.arguments-not-planned', message: expect.stringContaining(option)}]);
  });

  test('a draft of EAGLE-3 is planned, any other is reported', () => {
    const config = (text: string) => terms('vllm', {extraArguments: ['--speculative-config', text]});
    expect(config('{"method":"eagle3"}')).toMatchObject({draft: {kvLayers: 1, weightsBytes: gib(2.35)}, findings: []});
    for (const text of ['{"method":"ngram"}', '{}', 'not json', '7', '{"method":3}']) {
      expect(config(text).draft).toBeNull();
      expect(config(text).findings).toMatchObject([{code: 'memory.arguments-not-planned'}]);
    }
    expect(terms('vllm')).toMatchObject({draft: null, findings: [], fixedPoolBytes: null, askedPoolTokens: null});
  });

  test.each(['--kv-cache-memory-bytes', '--kv-cache-memory'])('%s fixes the pool', (option) => {
    expect(terms('vllm', {extraArguments: [option, '1000000']}).fixedPoolBytes).toBe(1_000_000);
    expect(terms('vllm', {extraArguments: [option, '1G']}).fixedPoolBytes).toBeNull();
  });

  test('needs its complete fraction free at its start, plus what it uses outside it', () => {
    const plan = planMemory(planInput(H200));
    const needed = findEngine('vllm')?.memory.neededFreeBytes(plan);
    expect(needed).toBe(plan.perGpu.budgetBytes + gib(0.9));
  });
});

describe('SGLang', () => {
  test.each<[string, Change, object]>([
    ['plain', {}, {gpuCount: 8, attentionRanks: 8, denseRanks: 8, expertRanks: 8, stages: 1, replicas: 1}],
    ['stages', {tensorParallelSize: 4, pipelineParallelSize: 2}, {gpuCount: 8, attentionRanks: 4, stages: 2}],
    ['data-parallel attention', {dataParallelSize: 4}, {gpuCount: 8, attentionRanks: 2, denseRanks: 8, replicas: 4}],
    ['more replicas than ranks', {tensorParallelSize: 2, dataParallelSize: 4}, {attentionRanks: 1}],
    ['experts', {expertParallel: true}, {isExpertParallel: true}],
    ['shared cache', {decodeContextParallelSize: 2}, {decodeContextRanks: 2}],
  ])('is placed by its settings: %s', (_, change, placement) => {
    expect(terms('sglang', change).placement).toMatchObject(placement);
  });

  test.each<[Change, string, number, number]>([
    [{}, H200, 2, 1],
    [{kvCacheDtype: 'fp8'}, H200, 1, 64],
    [{kvCacheDtype: 'fp8'}, 'NVIDIA B200', 1, 64],
    [{kvCacheDtype: 'fp8'}, 'NVIDIA L40S', 1, 1],
    [{kvCacheDtype: 'bf16'}, 'NVIDIA B200', 2, 1],
  ])('a cache with %j on %s: elements of %i bytes, pages of %i tokens', (change, card, bytes, tokens) => {
    expect(terms('sglang', change, {card})).toMatchObject({kvElementBytes: bytes, blockTokens: tokens});
  });

  test('its fraction is of what is free after the context, rounded down', () => {
    const card = catalogCard(H200);
    const freeBytes = card.cudaVisibleBytes - gib(0.9);
    const {budgetBytes, outsideBytes, reserveBytes} = terms('sglang', {memoryFraction: 0.8});
    expect(budgetBytes).toBe(Math.floor(freeBytes * 0.8));
    // 512 MiB, 1.5 MiB for each of 8,192 tokens, 1,024 for eight cards, 2 for each of 512 requests, 1,536 for prefills.
    const reserve = (512 + 1.5 * 8_192 + 1_024 + 1_024 + 1_536) * BYTES_PER_MIB;
    expect(outsideBytes).toBe(gib(0.9));
    expect(reserveBytes).toBe(Math.min(reserve, freeBytes - budgetBytes));
    expect(terms('sglang', {memoryFraction: 0.94}).reserveBytes).toBe(freeBytes - Math.floor(freeBytes * 0.94));
  });

  test.each<[string, Change, number]>([
    [H200, {}, 512 + 1.5 * 8_192 + 1_024 + 1_024 + 1_536],
    [H200, {tensorParallelSize: 4, pipelineParallelSize: 4}, 512 + 1.5 * 8_192 + 2_048 + 1_024],
    ['NVIDIA B200', {}, 512 + 1.5 * 16_384 + 1_024 + 1_024],
    ['NVIDIA L40S', {tensorParallelSize: 1}, 512 + 1.5 * 4_096 + 128 + 64 + 1_536],
    ['NVIDIA L40S', {tensorParallelSize: 4}, 512 + 1.5 * 4_096 + 512 + 320 + 1_536],
  ])('on %s with %j it keeps %d MiB for itself', (card, change, mib) => {
    const {reserveBytes} = terms('sglang', {...change, memoryFraction: 0.2}, {card});
    expect(reserveBytes).toBe(mib * BYTES_PER_MIB);
  });

  test('a fraction that leaves less than three quarters of the reserve is a warning, with a fraction that leaves all of it', () => {
    const card = catalogCard(H200);
    const freeBytes = card.cudaVisibleBytes - gib(0.9);
    const reserve = (512 + 1.5 * 8_192 + 2_048 + 1_536) * BYTES_PER_MIB;
    const edge = 1 - (0.75 * reserve) / freeBytes;
    const fits = Math.floor((1 - reserve / freeBytes) * 100) / 100;
    expect(codes('sglang', {memoryFraction: edge - 0.001})).toEqual([]);
    expect(terms('sglang', {memoryFraction: edge + 0.001}).findings).toMatchObject([
      {code: 'memory.fraction-too-high', settingsChange: {memoryFraction: fits}},
    ]);
  });

  test('replicas that do not divide the ranks are refused, with a setting that does', () => {
    expect(terms('sglang', {dataParallelSize: 3}).findings[0]).toMatchObject({
      code: 'memory.data-parallel-uneven',
      severity: 'critical',
      settingsChange: {dataParallelSize: 1},
    });
    expect(codes('sglang', {dataParallelSize: 4, memoryFraction: 0.8})).toEqual([]);
  });

  test('needs enough free memory for its weights and one request at its fraction', () => {
    const plan = planMemory(planInput(H200, {engine: 'sglang'}));
    const {weightsBytes, overheadBytes} = plan.perGpu;
    const held = weightsBytes + overheadBytes + plan.kvCache.bytesPerFullLengthSequence;
    expect(findEngine('sglang')?.memory.neededFreeBytes(plan)).toBe(gib(0.9) + Math.ceil(held / 0.9));
  });
});

describe('llama.cpp', () => {
  test.each<[number, number, number]>([
    [8, 8, 8],
    [8, 4, 4],
    [4, 8, 4],
    [128, 128, 61],
  ])('with %i ranks on %i cards uses %i, whole layers on each', (tensorParallelSize, gpuCount, used) => {
    expect(terms('llamacpp', {tensorParallelSize}, {gpuCount}).placement).toEqual({
      gpuCount: used,
      attentionRanks: 1,
      denseRanks: 1,
      expertRanks: 1,
      isExpertParallel: false,
      expertSliceMultiple: 1,
      expertHiddenMultiple: 1,
      hostExpertShares: [],
      stages: used,
      replicas: 1,
      decodeContextRanks: 1,
      visionMode: 'absent',
      hostParts: ['embedding'],
    });
  });

  test('allocates the requested cells, in blocks of 256, and leaves its margin', () => {
    const card = catalogCard(H200);
    expect(terms('llamacpp', {contextLengthTokens: 5_000})).toMatchObject({
      askedPoolTokens: 5_000,
      blockTokens: 256,
      budgetBytes: card.cudaVisibleBytes - gib(0.5) - 1024 * BYTES_PER_MIB,
      outsideBytes: gib(0.5),
      overheadBytes: gib(1.5),
      cautiousOverheadBytes: gib(1.5) * 2,
      fixedPoolBytes: null,
      draft: null,
    });
  });

  test('its q8_0 cache needs 34 bytes for 32 elements', () => {
    expect(terms('llamacpp', {kvCacheDtype: 'fp8'}).kvElementBytes).toBe(34 / 32);
    expect(terms('llamacpp', {kvCacheDtype: 'bf16'}).kvElementBytes).toBe(2);
  });

  test.each([
    ...['-ngl', '-gpu-layers', '--gpu-layers', '--n-gpu-layers', '-ot'],
    ...['--override-tensor', '--override-tensor=x', '-ngl=3'],
  ])('%s moves layers to the host, which the plan does not support', (option) => {
    const isKnown = option !== '-gpu-layers';
    expect(codes('llamacpp', {extraArguments: [option]})).toEqual(isKnown ? ['memory.arguments-not-planned'] : []);
  });

  test.each(['-nglx', 'x-ngl', '--jinja', '-c', '-ngl=99', '--cpu-moe', '-ncmoe=3', '-ot=exps=CPU'])(
    '%s moves nothing that the plan does not include',
    (option) => {
      expect(codes('llamacpp', {extraArguments: [option]})).toEqual([]);
    },
  );

  test('needs the memory free that it allocates', () => {
    const plan = planMemory(planInput(H200, {engine: 'llamacpp'}));
    expect(findEngine('llamacpp')?.memory.neededFreeBytes(plan)).toBe(
      plan.perGpu.totalBytes + plan.perGpu.outsideBytes,
    );
  });
});

describe('which settings have an effect', () => {
  const changes: readonly SettingsChange[] = [
    {memoryFraction: 0.8},
    {decodeContextParallelSize: 2},
    {tensorParallelSize: 2},
    {kvCacheDtype: 'fp8'},
    {contextLengthTokens: 4_096},
    {pipelineParallelSize: 2},
  ];

  test.each([
    ['vllm', [true, true, true, true, true, true]],
    ['sglang', [true, true, true, true, true, true]],
    ['llamacpp', [false, false, false, false, true, true]],
  ])('for %s', (engine, expected) => {
    const memory = findEngine(engine)?.memory;
    expect(changes.map((change) => memory?.supports(change))).toEqual(expected);
  });
});
