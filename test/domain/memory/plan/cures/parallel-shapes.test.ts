import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {findCures} from '../../../../../src/domain/memory/plan/cures/find-cures.ts';
import {
  isPossibleShape,
  otherShapes,
  plainShape,
  type Shape,
} from '../../../../../src/domain/memory/plan/cures/parallel-shapes.ts';
import type {PlanInput} from '../../../../../src/domain/memory/plan/memory-budget.ts';
import {BYTES_PER_GIB} from '../../../../../src/shared/units.ts';
import {H100, planInput} from '../../plan-samples.ts';

const engine = fc.constantFrom('vllm', 'sglang', 'llamacpp');

/** The input with an engine that counts how often it is asked about a division of the GPUs. */
function counted(input: PlanInput) {
  let count = 0;
  const {engine: asked} = input;
  const counting = {
    ...asked,
    terms: (...parts: Parameters<typeof asked.terms>) => {
      count += 1;
      return asked.terms(...parts);
    },
    gpuGroups: (...parts: Parameters<typeof asked.gpuGroups>) => {
      count += 1;
      return asked.gpuGroups(...parts);
    },
  };
  return {input: {...input, engine: counting}, count: () => count};
}

describe('the other divisions of the GPUs', () => {
  test('are found with a number of tries that grows with the GPUs, not with their cube', () => {
    const size = fc.constantFrom(1, 3, 8, 64, 300, 2_000);
    const sizes = {
      tensorParallelSize: size,
      pipelineParallelSize: size,
      dataParallelSize: size,
      decodeContextParallelSize: size,
    };
    // Without room anywhere every division is tried.
    const learned = {overheadBytes: 200 * BYTES_PER_GIB, basis: 'a start'};
    fc.assert(
      fc.property(engine, fc.record(sizes), fc.constantFrom(64, 256), (name, change, gpuCount) => {
        const {input, count} = counted(planInput(H100, {engine: name, ...change}, {gpuCount, learned}));
        expect(findCures(input)).toEqual([]);
        expect(count(), JSON.stringify([name, change, gpuCount])).toBeLessThan(1_000 + 30 * gpuCount);
      }),
      {numRuns: 40},
    );
  });

  test('are the same ones that a search through all of them finds', () => {
    const size = fc.integer({min: 1, max: 6});
    const sizes = fc.record({
      tensorParallelSize: size,
      pipelineParallelSize: fc.oneof(size, fc.constant(100)),
      dataParallelSize: size,
      decodeContextParallelSize: size,
    });
    let foundCount = 0;
    fc.assert(
      fc.property(engine, sizes, fc.integer({min: 1, max: 5}), (name, change, gpuCount) => {
        const input = planInput(H100, {engine: name, ...change}, {gpuCount});
        const found = [...otherShapes(input)].flat();
        expect(found.map(named)).toEqual(allShapes(input).map(named));
        foundCount += found.length;
      }),
      {numRuns: 40},
    );
    expect(foundCount).toBeGreaterThan(0);
  });
});

test.each([
  [8, {pipelineParallelSize: 3}, 8],
  [5, {}, 4],
  [3, {dataParallelSize: 2, decodeContextParallelSize: 2}, 2],
  [1, {}, 1],
])('one copy of the model on %i GPUs, with %j: over %i of them', (gpuCount, change, tensorParallelSize) => {
  expect(plainShape(planInput(H100, change, {gpuCount}))).toEqual({
    tensorParallelSize,
    decodeContextParallelSize: 1,
    dataParallelSize: 1,
    pipelineParallelSize: 1,
  });
});

const named = (shape: Shape): string => JSON.stringify(Object.entries(shape).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** For each set of sizes the first possible shape, the largest sizes first, of all that there are. */
function allShapes(input: PlanInput): readonly Shape[] {
  const {settings, node} = input;
  const down = (most: number) => Array.from({length: Math.max(0, most)}, (_, index) => most - index);
  const fewer = (present: number) => down(Math.min(present - 1, node.gpuCount));
  const isNew = (ranks: number) => ranks !== settings.tensorParallelSize;
  const first = new Map<string, Shape>();
  for (const ranks of [null, ...down(node.gpuCount).filter(isNew)]) {
    for (const stages of [null, ...fewer(settings.pipelineParallelSize)]) {
      for (const replicas of [null, ...fewer(settings.dataParallelSize)]) {
        for (const shared of [null, ...fewer(settings.decodeContextParallelSize)]) {
          const shape: Shape = {
            ...(ranks === null ? {} : {tensorParallelSize: ranks}),
            ...(stages === null ? {} : {pipelineParallelSize: stages}),
            ...(replicas === null ? {} : {dataParallelSize: replicas}),
            ...(shared === null ? {} : {decodeContextParallelSize: shared}),
          };
          const key = Object.keys(shape).join();
          const needed = (ranks ?? settings.tensorParallelSize) * input.engine.gpuGroups({...settings, ...shape});
          const isOther = key !== '' && !first.has(key) && needed <= node.gpuCount;
          if (isOther && isPossibleShape(input, shape)) first.set(key, shape);
        }
      }
    }
  }
  const order = ['tensorParallelSize', 'decodeContextParallelSize', 'dataParallelSize', 'pipelineParallelSize'];
  const rank = (shape: Shape): number => Object.keys(shape).reduce((sum, name) => sum + 2 ** order.indexOf(name), 0);
  return [...first.values()].toSorted((a, b) => Object.keys(a).length - Object.keys(b).length || rank(a) - rank(b));
}
