import {divideCard, type PlanInput} from '../memory-budget.ts';
import {parallelismFindings} from '../plan-limits.ts';
import {changed} from './fits.ts';

/** How the GPUs are divided. */
const sizes = ['tensorParallelSize', 'decodeContextParallelSize', 'dataParallelSize', 'pipelineParallelSize'] as const;
type Size = (typeof sizes)[number];
export type Shape = {readonly [name in Size]?: number};

/** Whether the model, the node and the engine accept this division of the GPUs. */
export function isPossibleShape(input: PlanInput, shape: Shape): boolean {
  const next = changed(input, shape);
  return parallelismFindings(next, divideCard(next)).length === 0;
}

/**
 * Other divisions of the node's GPUs, those that change the fewest sizes first: one group for each number of changed
 * sizes. Each spreads a copy of the model over as many GPUs as its sizes allow.
 */
export function* otherShapes(input: PlanInput): Generator<readonly Shape[]> {
  for (let count = 1; count <= sizes.length; count += 1) {
    yield subsets(count).flatMap((names) => {
      const shape = bestShape(input, names);
      return shape === null ? [] : [shape];
    });
  }
}

/** One copy of the model, tensor-parallel over as many GPUs as possible; null if no number of them is possible. */
export function plainShape(input: PlanInput): Shape | null {
  const plain = {decodeContextParallelSize: 1, dataParallelSize: 1, pipelineParallelSize: 1};
  for (const tensorParallelSize of downFrom(input.node.gpuCount)) {
    const shape = {...plain, tensorParallelSize};
    if (isPossibleShape(input, shape)) return shape;
  }
  return null;
}

function subsets(count: number): readonly ReadonlySet<Size>[] {
  const all = Array.from({length: 2 ** sizes.length}, (_, bits) => sizes.filter((_name, at) => (bits >> at) % 2 === 1));
  return all.filter(({length}) => length === count).map((names) => new Set(names));
}

/** The possible shape with the most tensor-parallel ranks that changes exactly these sizes; null if there is none. */
function bestShape(input: PlanInput, names: ReadonlySet<Size>): Shape | null {
  const {settings, node, engine} = input;
  const up = (size: Size, most: number): readonly number[] =>
    names.has(size) ? downFrom(most).filter((value) => value !== settings[size]) : [settings[size]];
  const fewer = (size: Size): readonly number[] => up(size, Math.min(settings[size] - 1, node.gpuCount));
  for (const tensorParallelSize of up('tensorParallelSize', node.gpuCount)) {
    for (const pipelineParallelSize of fewer('pipelineParallelSize')) {
      for (const dataParallelSize of fewer('dataParallelSize')) {
        const sized = {...settings, tensorParallelSize, pipelineParallelSize, dataParallelSize};
        if (tensorParallelSize * engine.gpuGroups(sized) > node.gpuCount) continue;
        const shared = fewer('decodeContextParallelSize').find((ranks) => tensorParallelSize % ranks === 0);
        if (shared === undefined) continue;
        const all = {tensorParallelSize, pipelineParallelSize, dataParallelSize, decodeContextParallelSize: shared};
        const shape = Object.fromEntries(
          Object.entries(all).filter(([name]) => sizes.some((size) => size === name && names.has(size))),
        );
        if (isPossibleShape(input, shape)) return shape;
      }
    }
  }
  return null;
}

function downFrom(most: number): readonly number[] {
  return Array.from({length: Math.max(0, most)}, (_, index) => most - index);
}
