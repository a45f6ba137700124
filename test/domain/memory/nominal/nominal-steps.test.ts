import {describe, expect, test} from 'vitest';
import {isWeightFormat, type WeightFormat} from '../../../../src/domain/memory/model/quantization.ts';
import {nominalWeightsBytes} from '../../../../src/domain/memory/nominal/nominal.ts';
import {nominalGuide} from '../../../../src/domain/memory/nominal/nominal-guide.ts';
import {nominalSteps} from '../../../../src/domain/memory/nominal/nominal-steps.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {catalogCard, H100, H200, planInput} from '../plan-samples.ts';

function nodeOf(cardName: string, format: WeightFormat, change: Partial<LaunchSettings> = {}) {
  const input = planInput(cardName, {format, ...change});
  return {format, node: input.node, model: input.model, plan: planMemory(input)};
}

describe('the steps from the guide\u2019s remainder to the KV cache', () => {
  const kinds: readonly [string, string, WeightFormat, Partial<LaunchSettings>][] = [
    ['INT4 on eight H200', H200, 'int4', {}],
    ['FP8 on eight H200', H200, 'fp8', {}],
    ['INT4 on eight H100', H100, 'int4', {}],
    ['four of eight cards', H200, 'int4', {tensorParallelSize: 4}],
    ['a pool that is fixed', H200, 'int4', {extraArguments: ['--kv-cache-memory-bytes', '10737418240']}],
    ['llama.cpp, which takes what it needs', H200, 'int4', {engine: 'llamacpp'}],
  ];

  test.each(kinds)('add up, except for what is too small to be listed: %s', (_, cardName, format, change) => {
    const {node, model, plan} = nodeOf(cardName, format, change);
    const {nominalBytes} = catalogCard(cardName);
    const steps = nominalSteps({format, model, plan, nominalCardBytes: nominalBytes});
    const nominalLeft = nominalBytes * node.gpuCount - nominalWeightsBytes(model.parameters.total, format).bytes;
    const sum = steps.reduce((total, step) => total + step.bytes, nominalLeft);
    const pool = plan.perGpu.kvCachePoolBytes * plan.node.usedGpuCount;
    // Ten kinds of steps, of which each may have been left out below 50 MB.
    expect(Math.abs(sum - pool)).toBeLessThan(10 * 5e7);
    for (const {bytes} of steps) expect(Math.abs(bytes)).toBeGreaterThanOrEqual(5e7);
  });

  test('each cause has the right sign', () => {
    const {model, plan} = nodeOf(H200, 'int4', {tensorParallelSize: 4});
    const {nominalBytes} = catalogCard(H200);
    const steps = nominalSteps({format: 'int4', model, plan, nominalCardBytes: nominalBytes});
    const bytesOf = (cause: string) => steps.find((step) => step.cause === cause)?.bytes;
    expect(bytesOf('parameters')).toBeCloseTo(-(1_026_879_376_368 - 1e12) / 2, -3);
    expect(bytesOf('GPUs not used')).toBe(-4 * 141e9);
    expect(bytesOf('overhead')).toBe(-4 * plan.perGpu.overheadBytes);
    expect(bytesOf('fraction')).toBe(4 * (plan.perGpu.budgetBytes - plan.perGpu.cudaVisibleBytes));
    expect(bytesOf('GB or GiB')).toBe(4 * (plan.perGpu.cudaVisibleBytes - 141e9));
    expect(bytesOf('replication')).toBe(model.checkpoint.bytes - 4 * plan.perGpu.weightsBytes);
    expect(bytesOf('16-bit parts')).toBeLessThan(0);
    expect(bytesOf('group scales')).toBeLessThan(0);
    expect(bytesOf('fixed pool')).toBeUndefined();
  });

  test('files that are larger than their tensors are a step of their own', () => {
    const {model, plan} = nodeOf(H200, 'int4');
    const bytesOf = (excessBytes: number) => {
      const checkpoint = {...model.checkpoint, bytes: model.checkpoint.bytes + excessBytes};
      const steps = nominalSteps({format: 'int4', model: {...model, checkpoint}, plan, nominalCardBytes: 141e9});
      return steps.find(({cause}) => cause === 'files')?.bytes;
    };
    expect(bytesOf(0)).toBeUndefined();
    expect((bytesOf(2e9) ?? 0) - (bytesOf(1e9) ?? 0)).toBeCloseTo(-1e9, -3);
  });

  test('a fixed pool leaves the rest of the budget unused', () => {
    const change = {extraArguments: ['--kv-cache-memory-bytes', '10737418240']};
    const {model, plan} = nodeOf(H200, 'int4', change);
    const steps = nominalSteps({format: 'int4', model, plan, nominalCardBytes: 141e9});
    expect(steps.find(({cause}) => cause === 'fixed pool')?.bytes).toBe(
      8 * (plan.perGpu.totalBytes - plan.perGpu.budgetBytes),
    );
  });

  test('shows the parameters in trillions, and the three largest parts', () => {
    const {model, plan} = nodeOf(H200, 'int4');
    const steps = nominalSteps({format: 'int4', model, plan, nominalCardBytes: 141e9});
    expect(steps.find(({cause}) => cause === 'parameters')?.why).toMatch(/\b1\.027 .*\b1\.000 /);
    const parts = steps.find(({cause}) => cause === '16-bit parts')?.why ?? '';
    const largest = model.parts
      .filter(({quantizedParameters}) => quantizedParameters === 0)
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, 3);
    expect(parts.startsWith(largest.map(({name}) => name).join(', '))).toBe(true);
    expect(parts.split(', ')).toHaveLength(3);
  });
});

describe('the guide\u2019s tables', () => {
  const nodes = [nodeOf(H200, 'fp8'), nodeOf(H100, 'int4')];
  const models = nodes.map(({model}) => model);
  const guide = nominalGuide(models, nodes);

  test('are empty without a model or a node', () => {
    expect(nominalGuide([], nodes)).toBeNull();
    expect(nominalGuide(models, [])).toBeNull();
  });

  test('have a row for each format: nominal, exact, and by the active parameters alone', () => {
    expect(guide?.formats).toEqual([
      {
        format: 'fp8',
        guideName: 'FP8',
        nominalBytes: 1e12,
        exactBytes: models[0]?.checkpoint.bytes,
        activeOnlyBytes: 32e9,
      },
      {
        format: 'int4',
        guideName: '4-bit',
        nominalBytes: 5e11,
        exactBytes: models[1]?.checkpoint.bytes,
        activeOnlyBytes: 16e9,
      },
    ]);
  });

  test('have a row for each node, with its plan', () => {
    expect(guide?.nodes[0]).toEqual({
      format: 'fp8',
      guideName: 'FP8',
      gpuName: H200,
      gpuCount: 8,
      nominalCardBytes: 141e9,
      nominalNodeBytes: 1128e9,
      nominalOverBytes: 128e9,
      exactVerdict: nodes[0]?.plan.verdict,
      exactWeightsBytesPerGpu: nodes[0]?.plan.perGpu.weightsBytes,
      exactKvCachePoolBytesPerGpu: nodes[0]?.plan.perGpu.kvCachePoolBytes,
      contextLengthTokens: 262_144,
      bytesPerFullLengthSequence: nodes[0]?.plan.kvCache.bytesPerFullLengthSequence,
    });
    expect(guide?.nodes[1]).toMatchObject({gpuName: H100, nominalOverBytes: 140e9});
  });

  test('explain the last node, in its format', () => {
    expect(guide?.checkpoint).toMatchObject({
      format: 'int4',
      bytes: 5e11,
      source: 'nominal',
      derivedBytes: models[1]?.checkpoint.bytes,
      fileCount: 0,
      missingFiles: [],
    });
    expect(guide?.steps.length).toBeGreaterThan(4);
  });

  test('skip a card of unknown vendor size, and an unknown format', () => {
    const unknown = nodes.map((row) => ({...row, node: {...row.node, card: {...row.node.card, nominalBytes: null}}}));
    expect(nominalGuide(models, unknown)).toMatchObject({nodes: [], steps: []});
    const gguf = models.map((model) => ({...model, checkpoint: {...model.checkpoint, format: 'UD-Q4_K_XL'}}));
    expect(isWeightFormat('UD-Q4_K_XL')).toBe(false);
    expect(nominalGuide(gguf, nodes)?.formats).toEqual([]);
  });

  test('another model is counted by its own active parameters', () => {
    const small = models.map((model) => ({...model, parameters: {...model.parameters, total: 30e9, active: 3e9}}));
    expect(nominalGuide(small, nodes)?.formats.map(({activeOnlyBytes}) => activeOnlyBytes)).toEqual([3e9, 1.5e9]);
  });

  test('count a trillion within 5 %', () => {
    expect(nominalWeightsBytes(1.049e12, 'fp8')).toMatchObject({bytes: 1e12});
    expect(nominalWeightsBytes(1.05e12, 'fp8')).toMatchObject({bytes: 1.05e12});
    expect(nominalWeightsBytes(0.951e12, 'fp8')).toMatchObject({bytes: 1e12});
    expect(nominalWeightsBytes(30.53e9, 'bf16').expression).toContain('30.5 ');
    for (const format of ['int4', 'nvfp4', 'mxfp4'] as const)
      expect(nominalWeightsBytes(1e12, format).bytes).toBe(5e11);
  });
});
