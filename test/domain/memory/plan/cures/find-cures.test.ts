import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {findCures} from '../../../../../src/domain/memory/plan/cures/find-cures.ts';
import {smallestNodes} from '../../../../../src/domain/memory/plan/cures/smallest-node.ts';
import {divideCard, type LearnedOverhead, type PlanInput} from '../../../../../src/domain/memory/plan/memory-budget.ts';
import {planMemory} from '../../../../../src/domain/memory/plan/plan-memory.ts';
import {applySettingsChange} from '../../../../../src/domain/settings/launch-settings.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../../../src/shared/units.ts';
import {H100, H200, planInput} from '../../plan-samples.ts';

const changesOf = (input: PlanInput) => findCures(input).map(({change}) => change);
const learned = (gib: number): LearnedOverhead => ({overheadBytes: gib * BYTES_PER_GIB, basis: 'a start'});

describe('the fixes of a plan', () => {
  test('reach the highest fraction itself, if nothing lower is enough', () => {
    const published = learned(2.56 + 72.02 - 71.828);
    const input = planInput(H100, {memoryFraction: 0.9, contextLengthTokens: 4096}, {learned: published});
    expect(changesOf(input)[0]).toEqual({memoryFraction: 0.95});
    expect(
      divideCard({...input, settings: {...input.settings, memoryFraction: 0.94}}).capacity.fullLengthSequences,
    ).toBe(0);
  });

  test('are all single settings if one is enough, the least drastic first', () => {
    const input = planInput(H200, {memoryFraction: 0.64});
    expect(changesOf(input).map((change) => Object.keys(change))).toEqual([
      ['memoryFraction'],
      ['kvCacheDtype'],
      ['decodeContextParallelSize'],
      ['contextLengthTokens'],
    ]);
  });

  test('are several together if one is not enough: those that keep the context first', () => {
    // 2 GiB are left at 0.9 and 9 at 0.95; one request needs 17.2, half of that in FP8, an eighth when shared.
    expect(changesOf(planInput(H200, {memoryFraction: 0.9}, {learned: learned(52)}))).toEqual([
      {memoryFraction: 0.95, kvCacheDtype: 'fp8'},
      {memoryFraction: 0.95, decodeContextParallelSize: 8},
      {kvCacheDtype: 'fp8', decodeContextParallelSize: 8},
      {contextLengthTokens: 28_320},
    ]);
    const tight = changesOf(planInput(H200, {memoryFraction: 0.9}, {learned: learned(54)}));
    expect(tight[0]).toEqual({memoryFraction: 0.95, decodeContextParallelSize: 8});
    const none = changesOf(planInput(H200, {memoryFraction: 0.9}, {learned: learned(60)}));
    // Nothing keeps the context: each with one more setting has a longer one.
    expect(none.map((change) => Object.keys(change).length)).toEqual([2, 3, 3, 4]);
    const contexts = none.map(({contextLengthTokens = 0}) => contextLengthTokens);
    expect(contexts).toEqual(contexts.toSorted((a, b) => a - b));
  });

  test('use more cards of the node, besides the fixes on these', () => {
    expect(changesOf(planInput(H200, {tensorParallelSize: 4}))).toContainEqual({tensorParallelSize: 8});
  });

  test('use more GPUs last, after everything that is enough on these', () => {
    const changes = (memoryFraction: number) =>
      changesOf(planInput('NVIDIA B200', {tensorParallelSize: 4, memoryFraction}));
    expect(changes(0.8)).toEqual([{memoryFraction: 0.94}, {tensorParallelSize: 8}]);
    expect(changes(0.9).map((change) => Object.keys(change))).toEqual([
      ['memoryFraction'],
      ['kvCacheDtype'],
      ['decodeContextParallelSize'],
      ['contextLengthTokens'],
      ['tensorParallelSize'],
    ]);
  });

  test('are not settings that nobody has measured, if the measured overhead fits there no better', () => {
    // A failed start on 8 GPUs measured more than any GPU has; of any other number of GPUs nothing is known.
    const measured = learned(140);
    const input = planInput(H200, {}, {learned: measured});
    const learnedFor = ({tensorParallelSize}: typeof input.settings) => (tensorParallelSize === 8 ? measured : null);
    expect(planMemory({...input, learnedFor}).verdict).toBe('does-not-fit');
    expect(changesOf({...input, learnedFor})).toEqual([]);
    // What was measured about the other settings counts for them.
    const fewer = planInput(H200, {tensorParallelSize: 4}, {learned: learned(140)});
    const known = {...fewer, learnedFor: () => learned(4)};
    expect(changesOf(known)).toContainEqual({tensorParallelSize: 8});
  });

  test('lead to a plan that fits, for any overhead and settings, and are offered once', () => {
    fc.assert(
      fc.property(
        fc.record({
          overheadGib: fc.double({min: 0, max: 70, noNaN: true}),
          memoryFraction: fc.double({min: 0.4, max: 0.95, noNaN: true}),
          engine: fc.constantFrom('vllm', 'sglang', 'llamacpp'),
          contextLengthTokens: fc.integer({min: 1024, max: 262_144}),
          kvCacheDtype: fc.constantFrom('auto' as const, 'fp8' as const),
        }),
        ({overheadGib, ...change}) => {
          const input = planInput(H200, change, {learned: learned(overheadGib)});
          if (planMemory(input).verdict !== 'does-not-fit') return;
          const changes = changesOf(input);
          for (const cure of changes) {
            const settings = applySettingsChange(input.settings, cure);
            expect(planMemory({...input, settings}).verdict, JSON.stringify(cure)).not.toBe('does-not-fit');
          }
          expect(new Set(changes.map((cure) => JSON.stringify(cure))).size).toBe(changes.length);
        },
      ),
    );
  });
});

test('a measured overhead that leaves one request and 50 MiB is tight: vLLM keeps 150 MiB for itself', () => {
  const plain = divideCard(planInput(H200));
  const spare = plain.terms.budgetBytes - plain.weights.totalBytes - plain.capacity.bytesPerFullLengthSequence;
  const verdictWith = (mib: number) =>
    planMemory(planInput(H200, {}, {learned: {overheadBytes: spare - mib * BYTES_PER_MIB, basis: 'a start'}})).verdict;
  expect([verdictWith(-50), verdictWith(50), verdictWith(200)]).toEqual(['does-not-fit', 'tight', 'fits']);
});

test('a measurement here does not apply to the overhead on other cards', () => {
  expect(smallestNodes(planInput(H100, {}, {learned: learned(60)}))).toEqual(smallestNodes(planInput(H100)));
});

describe('a start that needed far more than any plan', () => {
  test('suggests no other node, because the plan does not apply there either', () => {
    const plan = planMemory(planInput(H200, {}, {learned: {...learned(68), isLowerBound: true}}));
    expect(plan.findings[0]).toMatchObject({
      code: 'memory.weights-do-not-fit',
      settingsChange: null,
      cure: {by: 'gpus', isChecked: false, alternatives: []},
    });
    expect(plan.findings.map(({remedy}) => remedy).join('\n')).not.toContain('smallest nodes');
  });
});

test('other nodes are suggested while a start needed at most twice what is planned with caution', () => {
  const cautiousBytes = divideCard(planInput(H200)).terms.cautiousOverheadBytes;
  const codes = (overheadBytes: number) =>
    planMemory(planInput(H200, {memoryFraction: 0.62}, {learned: {overheadBytes, basis: 'a start'}})).findings.map(
      ({code}) => code,
    );
  expect(codes(2 * cautiousBytes)).toContain('memory.smallest-node');
  expect(codes(2 * cautiousBytes + 1)).not.toContain('memory.smallest-node');
});

test('a change that is needed anyway is not a fix if the plan still does not fit', () => {
  const input = planInput(H200, {tensorParallelSize: 3}, {gpuCount: 3});
  expect(planMemory(input).findings[0]).toMatchObject({
    code: 'memory.tensor-parallel-uneven',
    settingsChange: null,
    cure: {by: 'gpus'},
  });
});
