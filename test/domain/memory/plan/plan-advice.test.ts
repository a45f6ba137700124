import {describe, expect, test} from 'vitest';
import {smallestNodes} from '../../../../src/domain/memory/plan/cures/smallest-node.ts';
import {divideCard} from '../../../../src/domain/memory/plan/memory-budget.ts';
import {parallelismFindings} from '../../../../src/domain/memory/plan/plan-limits.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {H100, H200, type InputOptions, planInput} from '../plan-samples.ts';

type Change = Partial<LaunchSettings>;

const findingsOf = (card: string, change: Change = {}, options: InputOptions = {}) =>
  planMemory(planInput(card, change, options)).findings;
const codesOf = (card: string, change: Change = {}, options: InputOptions = {}) =>
  findingsOf(card, change, options).map(({code}) => code);
const changeOf = (code: string, card: string, change: Change = {}, options: InputOptions = {}) =>
  findingsOf(card, change, options).find((finding) => finding.code === code)?.settingsChange;

describe('settings that cannot start on any GPU', () => {
  test.each<[string, Change, string, Change | null]>([
    [
      'ranks that do not divide the heads',
      {tensorParallelSize: 6},
      'memory.tensor-parallel-uneven',
      {tensorParallelSize: 8},
    ],
    ['ranks that there are no cards for', {tensorParallelSize: 16}, 'memory.too-few-cards', {tensorParallelSize: 8}],
    ['groups that there are no cards for', {dataParallelSize: 2}, 'memory.too-few-cards', {tensorParallelSize: 4}],
    [
      'ranks that do not share evenly',
      {decodeContextParallelSize: 3},
      'memory.decode-context-uneven',
      {decodeContextParallelSize: 2},
    ],
    [
      'a context longer than the model\u2019s',
      {contextLengthTokens: 262_145},
      'memory.context-above-model',
      {contextLengthTokens: 262_144},
    ],
  ])('%s', (_, change, code, cure) => {
    const [finding] = findingsOf(H200, change);
    expect(finding).toMatchObject({code, severity: 'critical', settingsChange: cure});
    expect(planMemory(planInput(H200, change)).verdict).toBe('does-not-fit');
  });

  test.each([
    [{tensorParallelSize: 8}, 7, 'Lower tensor parallel from 8 to 4 or less.'],
    [{tensorParallelSize: 2}, 1, 'Lower tensor parallel from 2 to 1.'],
    [
      {tensorParallelSize: 4, pipelineParallelSize: 2, dataParallelSize: 2},
      8,
      'Lower tensor parallel (4) or pipeline parallel (2) or data parallel (2): together they need 16 GPUs.',
    ],
    [{tensorParallelSize: 1, pipelineParallelSize: 9}, 8, 'Lower pipeline parallel (9): together they need 9 GPUs.'],
  ])('too many GPUs for %o on %d: the remedy has the setting and its values', (change, gpuCount, remedy) => {
    const input = planInput(H100, change, {gpuCount});
    expect(parallelismFindings(input, divideCard(input))).toMatchObject([{code: 'memory.too-few-cards', remedy}]);
  });

  test('where no change of settings is enough, the remedy says so, and advises none', () => {
    const [finding] = findingsOf(H200, {tensorParallelSize: 8}, {gpuCount: 7});
    expect(finding).toMatchObject({code: 'memory.too-few-cards', settingsChange: null});
    expect(finding?.remedy).toBe('No settings fit on the 7 usable GPUs.');
  });

  test('as many stages as layers is the maximum', () => {
    const code = 'memory.pipeline-too-deep';
    const on = (stages: number) => codesOf(H200, {tensorParallelSize: 1, pipelineParallelSize: stages}, {gpuCount: 64});
    expect(on(61)).not.toContain(code);
    expect(on(62)).toContain(code);
  });

  test('ranks that divide the heads and fit the node are not mentioned', () => {
    for (const tensorParallelSize of [1, 2, 4, 8]) {
      const codes = codesOf(H200, {tensorParallelSize});
      expect(codes).not.toContain('memory.tensor-parallel-uneven');
      expect(codes).not.toContain('memory.too-few-cards');
    }
  });

  test('a context is reduced to what fits, not to what the model allows', () => {
    const change = changeOf('memory.context-above-model', H100, {contextLengthTokens: 300_000, memoryFraction: 0.95});
    expect(change?.contextLengthTokens ?? 0).toBeLessThan(262_144);
  });
});

describe('what does not fit', () => {
  test('is reported in bytes: needed, available, and the difference', () => {
    const input = planInput(H100, {memoryFraction: 0.5});
    const {weights, draftBytes, overheadBytes, terms} = divideCard(input);
    const needed = weights.totalBytes + draftBytes + overheadBytes;
    expect(planMemory(input).findings[0]).toMatchObject({
      code: 'memory.weights-do-not-fit',
      details: {
        neededBytesPerGpu: needed,
        availableBytesPerGpu: terms.budgetBytes,
        shortageBytesPerGpu: needed - terms.budgetBytes,
      },
    });
  });

  test('a cache that is too small is reported with one request of full length', () => {
    const input = planInput(H200, {tensorParallelSize: 8, memoryFraction: 0.6});
    const {capacity, poolBytes} = divideCard(input);
    expect(poolBytes).toBeGreaterThan(0);
    expect(capacity.fullLengthSequences).toBeLessThan(1);
    expect(planMemory(input).findings[0]).toMatchObject({
      code: 'memory.kv-cache-too-small',
      details: {
        neededBytesPerGpu: capacity.bytesPerFullLengthSequence,
        availableBytesPerGpu: poolBytes,
        shortageBytesPerGpu: Math.max(0, capacity.bytesPerFullLengthSequence - poolBytes),
      },
    });
  });

  test('with a draft model, its weights are part of what is needed', () => {
    const draft = {extraArguments: ['--speculative-config', '{"method":"eagle3"}'], memoryFraction: 0.5};
    const [finding] = findingsOf(H100, draft);
    const [without] = findingsOf(H100, {memoryFraction: 0.5});
    const needed = (details: object | undefined) => Number(Object(details).neededBytesPerGpu);
    const more = needed(finding?.details) - needed(without?.details);
    expect(more / BYTES_PER_GIB).toBeCloseTo(2.35 + 0.7, 2);
  });

  test('fits on paper only if all cards together could hold it once', () => {
    const code = 'memory.not-one-pool';
    expect(codesOf(H100)).toContain(code);
    expect(codesOf(H100, {tensorParallelSize: 4}, {gpuCount: 4})).not.toContain(code);
    expect(codesOf(H200)).not.toContain(code);
  });
});

describe('the smallest nodes', () => {
  const nodesOf = (card: string, change: Change = {}) => smallestNodes(planInput(card, change));

  test('fit the settings, and the next smaller count of the same card does not', () => {
    const nodes = nodesOf(H100);
    expect(nodes.length).toBeGreaterThan(1);
    for (const {gpuName, gpuCount} of nodes) {
      const spread = (count: number) => planInput(gpuName, {tensorParallelSize: count}, {gpuCount: count});
      expect(divideCard(spread(gpuCount)).capacity.fullLengthSequences).toBeGreaterThanOrEqual(1);
      if (gpuCount > 1) expect(divideCard(spread(gpuCount / 2)).capacity.fullLengthSequences).toBeLessThan(1);
    }
  });

  test('are one per generation, the smallest total first, of this vendor and measured', () => {
    const nodes = nodesOf(H100);
    expect(new Set(nodes.map(({family}) => family)).size).toBe(nodes.length);
    const sizes = nodes.map(({totalBytes}) => totalBytes);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    for (const {gpuName, family} of nodes) {
      expect(family).not.toBe('cdna');
      expect(gpuName).not.toBe('NVIDIA H20-3e');
    }
  });

  test('of a card of another vendor are that vendor\u2019s, measured or not', () => {
    const nodes = nodesOf('AMD Instinct MI300X');
    expect(nodes.map(({family}) => family)).toEqual(['cdna']);
  });

  test('are found whatever the spread and however long the context', () => {
    const plain = nodesOf(H100);
    const other = {
      pipelineParallelSize: 2,
      dataParallelSize: 2,
      decodeContextParallelSize: 2,
      contextLengthTokens: 1e6,
    };
    expect(nodesOf(H100, other)).toEqual(plain);
  });

  test('use no overhead from a start on another card', () => {
    const learned = {overheadBytes: 60 * BYTES_PER_GIB, basis: 'a start'};
    expect(smallestNodes(planInput(H100, {}, {learned}))).toEqual(nodesOf(H100));
  });
});

describe('options for more tokens', () => {
  const few = {memoryFraction: 0.7};
  const doubling = 'memory.fp8-cache-doubles';
  const sharing = 'memory.decode-context-multiplies';

  test('are listed if few requests of full length fit', () => {
    expect(divideCard(planInput(H200, few)).capacity.fullLengthSequences).toBeLessThan(4);
    expect(changeOf(doubling, H200, few)).toEqual({kvCacheDtype: 'fp8'});
    expect(changeOf(sharing, H200, few)).toEqual({decodeContextParallelSize: 8});
    const finding = findingsOf(H200, few).find(({code}) => code === doubling);
    const {capacityTokens} = divideCard(planInput(H200, few)).capacity;
    expect(finding?.message.replaceAll(',', '')).toContain(String(capacityTokens * 2));
  });

  test('are not listed if many fit, if none does, or if they are in use', () => {
    const large = planInput('NVIDIA B300 SXM6 AC');
    expect(divideCard(large).capacity.fullLengthSequences).toBeGreaterThanOrEqual(4);
    expect(codesOf('NVIDIA B300 SXM6 AC')).not.toContain(doubling);
    expect(codesOf(H100)).not.toContain(doubling);
    expect(codesOf(H200, {...few, kvCacheDtype: 'fp8'})).not.toContain(doubling);
    expect(codesOf(H200, {...few, decodeContextParallelSize: 8})).not.toContain(sharing);
  });
});

describe('advice on the format', () => {
  test('FP8 and BF16 of a model that was trained in INT4 are an upcast', () => {
    for (const format of ['fp8', 'bf16']) {
      expect(changeOf('memory.format-is-upcast', H200, {format})).toEqual({format: 'int4'});
    }
    for (const format of ['int4', 'auto', 'nvfp4', 'mxfp4']) {
      expect(codesOf(H200, {format})).not.toContain('memory.format-is-upcast');
    }
  });

  test('a format that is not published is derived, and says so', () => {
    const code = 'memory.format-not-published';
    for (const format of ['nvfp4', 'mxfp4']) expect(codesOf(H200, {format})).toContain(code);
    for (const format of ['int4', 'auto', 'fp8', 'bf16']) expect(codesOf(H200, {format})).not.toContain(code);
  });
});

describe('the arithmetic', () => {
  const lines = (card: string, change: Change = {}) => planMemory(planInput(card, change)).arithmetic;
  const figureOf = (label: string, card: string, change: Change = {}) =>
    lines(card, change).find((line) => line.label === label)?.value;

  test('adds up: parts to the checkpoint, fractions to the weights, and the rest to the cache', () => {
    const {perGpu, checkpoint, kvCache} = planMemory(planInput(H200));
    const sum = (figureOf('int4 parts', H200) ?? 0) + (figureOf('16-bit parts', H200) ?? 0);
    expect(sum).toBe(checkpoint.bytes);
    const shares = ['Weights, divided', 'Weights, on every rank', 'Vision tower'].map(
      (label) => figureOf(label, H200) ?? 0,
    );
    expect(shares.reduce((total, share) => total + share, 0)).toBe(perGpu.weightsBytes);
    expect(figureOf('Weights per GPU', H200)).toBe(perGpu.weightsBytes);
    expect(
      (figureOf('Budget per GPU', H200) ?? 0) - perGpu.weightsBytes - (figureOf('Overhead per GPU', H200) ?? 0),
    ).toBe(perGpu.kvCachePoolBytes);
    expect(figureOf('KV bytes per token', H200)).toBe(kvCache.bytesPerToken);
    expect(figureOf('KV capacity', H200)).toBe(kvCache.capacityTokens);
    expect(figureOf('Requests of full length', H200)).toBe(kvCache.fullLengthSequences);
    expect(figureOf('Outside the budget', H200)).toBe(perGpu.outsideBytes);
    expect(figureOf('GPU', H200)).toBe(perGpu.nvmlBytes);
    expect(figureOf('CUDA total', H200)).toBe(perGpu.cudaVisibleBytes);
  });

  test('has a line for the draft model and the vision tower only if there is one', () => {
    const draft = {extraArguments: ['--speculative-config', '{"method":"eagle3"}']};
    expect(figureOf('Draft model', H200, draft)).toBe(Math.round(2.35 * BYTES_PER_GIB));
    expect(figureOf('Draft model', H200)).toBeUndefined();
    expect(figureOf('Vision tower', H200, {visionMode: 'absent'})).toBeUndefined();
    expect(figureOf('Vision tower', H200, {visionMode: 'weights'})).toBeLessThan(figureOf('Vision tower', H200) ?? 0);
  });

  test('the terms of the weights on a card are the present ones', () => {
    const terms = (change: Change) =>
      lines(H200, change)
        .find(({label}) => label === 'Weights per GPU')
        ?.expression.split(' + ').length;
    expect(terms({})).toBe(3);
    expect(terms({visionMode: 'absent'})).toBe(2);
    expect(terms({extraArguments: ['--speculative-config', '{"method":"eagle3"}']})).toBe(4);
  });
});
