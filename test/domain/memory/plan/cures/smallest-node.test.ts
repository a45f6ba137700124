import {describe, expect, test} from 'vitest';
import {catalogCards} from '../../../../../src/domain/memory/cards.ts';
import {fits} from '../../../../../src/domain/memory/plan/cures/fits.ts';
import {smallestNodes} from '../../../../../src/domain/memory/plan/cures/smallest-node.ts';
import type {PlanInput} from '../../../../../src/domain/memory/plan/memory-budget.ts';
import {planMemory} from '../../../../../src/domain/memory/plan/plan-memory.ts';
import {H100, planInput} from '../../plan-samples.ts';

/** Every usual node of the catalog, tried one after another, the smallest of each generation. */
function triedNodes(input: PlanInput): readonly string[] {
  const found = catalogCards()
    .filter(({family, isUnmeasured, isUnified}) => family !== 'cdna' && !isUnmeasured && !isUnified)
    .flatMap((card) => {
      const most = card.nvmlBytes < 64 * 1024 ** 3 ? 8 : 32;
      const gpuCount = [1, 2, 4, 8, 16, 32].find((count) => {
        const node = {card, gpuCount: count, hostCount: 1};
        const isTried = count <= most && input.model.architecture.attention.heads % count === 0;
        return isTried && fits({...input, node, learned: null}, {tensorParallelSize: count});
      });
      return gpuCount === undefined ? [] : [{card, gpuCount, totalBytes: card.nvmlBytes * gpuCount}];
    })
    .toSorted((a, b) => a.totalBytes - b.totalBytes);
  const families = new Map(
    found.map((node) => [node.card.family, found.find((other) => other.card.family === node.card.family)]),
  );
  return [...families.values()].map((node) => `${node?.gpuCount} ${node?.card.name}`);
}

describe('the smallest nodes that fit', () => {
  test.each([
    ['as usual', {}],
    ['in FP8', {format: 'fp8'}],
    ['in BF16', {format: 'bf16'}],
    ['with a short context and an FP8 cache', {contextLengthTokens: 8192, kvCacheDtype: 'fp8' as const}],
  ])('are those that trying every node finds, %s', (_, change) => {
    const input = planInput(H100, change);
    const nodes = smallestNodes(input).map(({gpuCount, gpuName}) => `${gpuCount} ${gpuName}`);
    expect(nodes).toEqual(triedNodes(input));
    expect(nodes.length).toBeGreaterThan(1);
  });

  test('a plan that does not fit asks the engine about few divisions of a GPU', () => {
    const input = planInput(H100);
    let asked = 0;
    const terms: typeof input.engine.terms = (of) => {
      asked += 1;
      return input.engine.terms(of);
    };
    expect(planMemory({...input, engine: {...input.engine, terms}}).verdict).toBe('does-not-fit');
    expect(asked).toBeLessThan(160);
  });
});
