import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {detailsOf} from '../../../../src/domain/diagnosis/details/details.ts';
import type {LoggedFacts} from '../../../../src/domain/memory/plan/measured-overhead.ts';
import {planContradictions, unusedGpuFindings} from '../../../../src/domain/memory/plan/plan-contradictions.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import {absent} from '../../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {H200, planInput} from '../plan-samples.ts';

const gib = (count: number): number => Math.round(count * BYTES_PER_GIB);
const plan = planMemory(planInput(H200));
const {perGpu, checkpoint, kvCache, node} = plan;

const found = (facts: LoggedFacts, cards: Parameters<typeof planContradictions>[2] = []) =>
  planContradictions(plan, facts, cards);
const codes = (facts: LoggedFacts) => found(facts).map(({code}) => code);

/** The numbers of a start that went as planned. */
const asPlanned: LoggedFacts = {
  checkpointBytes: checkpoint.bytes,
  weightsBytesPerGpu: perGpu.weightsBytes,
  kvCachePoolBytesPerGpu: perGpu.kvCachePoolBytes,
  kvCapacityTokens: kvCache.capacityTokens,
  freeBeforeLoadBytesPerGpu: perGpu.cudaVisibleBytes - perGpu.outsideBytes,
};

describe('a start that contradicts its plan', () => {
  test.each<[string, LoggedFacts, string]>([
    ['twice the checkpoint', {checkpointBytes: checkpoint.bytes * 2}, 'plan.checkpoint-differs'],
    ['half the checkpoint', {checkpointBytes: checkpoint.bytes / 2}, 'plan.checkpoint-differs'],
    ['twice the weights', {weightsBytesPerGpu: perGpu.weightsBytes * 2}, 'plan.weights-differ'],
    ['half the weights', {weightsBytesPerGpu: perGpu.weightsBytes / 2}, 'plan.weights-differ'],
    ['half the pool', {kvCachePoolBytesPerGpu: perGpu.kvCachePoolBytes / 2}, 'plan.kv-pool-differs'],
    ['half the tokens', {kvCapacityTokens: kvCache.capacityTokens / 2}, 'plan.kv-tokens-differ'],
    ['a card in use', {freeBeforeLoadBytesPerGpu: gib(0.8)}, 'plan.gpu-memory-in-use'],
  ])('by %s', (_, change, code) => {
    const [finding, ...others] = found({...asPlanned, ...change});
    expect(finding).toMatchObject({code, severity: 'warning', evidence: expect.any(String)});
    expect(others).toEqual([]);
  });

  test('says both numbers, and what was in use before it loaded', () => {
    const [weights] = found({weightsBytesPerGpu: perGpu.weightsBytes * 2});
    expect(weights && detailsOf(weights, 'plan.weights-differ')).toEqual({
      plannedBytesPerGpu: perGpu.weightsBytes,
      measuredBytesPerGpu: perGpu.weightsBytes * 2,
    });
    const [taken] = found({freeBeforeLoadBytesPerGpu: gib(0.8)});
    expect(taken && detailsOf(taken, 'plan.gpu-memory-in-use')?.usedBytesPerGpu).toBe(
      perGpu.cudaVisibleBytes - gib(0.8),
    );
  });

  test('by a card of another size, of those that it uses', () => {
    const card = (index: number, memoryTotalBytes: number) => ({index, memoryTotalBytes});
    const other = node.perGpu.nvmlBytes / 2;
    expect(found(asPlanned, [card(1, other)])).toMatchObject([{code: 'plan.gpu-memory-differs'}]);
    expect(found(asPlanned, [card(0, node.perGpu.nvmlBytes * 0.9)])).toEqual([]);
    expect(found(asPlanned, [{index: 0, memoryTotalBytes: absent('lost')}])).toEqual([]);
  });

  test('is explained by the first number that differs: the pool follows from the weights', () => {
    const both = {weightsBytesPerGpu: perGpu.weightsBytes * 2, kvCachePoolBytesPerGpu: gib(1), kvCapacityTokens: 9};
    expect(codes(both)).toEqual(['plan.weights-differ']);
  });
});

describe('a start that does not contradict its plan', () => {
  test('has the planned numbers, or none', () => {
    expect(codes(asPlanned)).toEqual([]);
    expect(codes({})).toEqual([]);
  });

  test('differs by less than twice', () => {
    fc.assert(
      fc.property(fc.double({min: 0.51, max: 1.99, noNaN: true}), (factor) => {
        expect(
          codes({
            checkpointBytes: checkpoint.bytes * factor,
            weightsBytesPerGpu: perGpu.weightsBytes * factor,
            kvCachePoolBytesPerGpu: perGpu.kvCachePoolBytes * factor,
            kvCapacityTokens: kvCache.capacityTokens * factor,
          }),
        ).toEqual([]);
      }),
    );
  });

  test('differs twice, but by little: buffers of small models', () => {
    const small = {...plan, perGpu: {...perGpu, weightsBytes: gib(1)}};
    expect(planContradictions(small, {weightsBytesPerGpu: gib(3)}, [])).toEqual([]);
    expect(planContradictions(small, {weightsBytesPerGpu: gib(6)}, [])).toHaveLength(1);
  });

  test('has arguments whose effect the plan says that it does not know', () => {
    const unplanned = planMemory(planInput(H200, {extraArguments: ['--cpu-offload-gb', '40']}));
    expect(unplanned.findings.map(({code}) => code)).toContain('memory.arguments-not-planned');
    expect(planContradictions(unplanned, {weightsBytesPerGpu: gib(10)}, [])).toEqual([]);
  });
});

describe('a serving engine that does not use its GPUs', () => {
  const planned = perGpu.totalBytes + perGpu.outsideBytes;
  const held = (...bytes: readonly number[]) =>
    unusedGpuFindings(
      plan,
      bytes.map((heldBytes, index) => ({index, heldBytes})),
    );

  test('is reported with the GPUs and the most that it holds of one of them', () => {
    const [finding, ...others] = held(planned, 0, gib(2), planned);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      code: 'plan.gpus-unused',
      severity: 'warning',
      details: {gpuIndexes: [1, 2], plannedBytesPerGpu: planned, measuredBytesPerGpu: gib(2)},
    });
  });

  test.each([
    ['as planned', planned],
    ['just more than half', planned / 2 + 1],
    ['far more than planned', planned * 3],
  ])('is not: %s', (_, bytes) => {
    expect(held(bytes)).toEqual([]);
  });

  test('is reported at exactly half, and with less than nothing, when others are counted twice', () => {
    expect(held(planned / 2)).toHaveLength(1);
    expect(held(-gib(1))).toMatchObject([{details: {measuredBytesPerGpu: 0}}]);
  });

  test('is not reported of a small model, whose buffers vary', () => {
    const small = {...plan, perGpu: {...perGpu, totalBytes: gib(3), outsideBytes: 0}};
    expect(unusedGpuFindings(small, [{index: 0, heldBytes: 0}])).toEqual([]);
  });
});
