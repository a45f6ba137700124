import {divideCard, type PlanInput} from '../memory-budget.ts';
import {parallelismFindings} from '../plan-limits.ts';
import {changed} from './fits.ts';

/** How the GPUs are divided. */
const sizes = ['tensorParallelSize', 'decodeContextParallelSize', 'dataParallelSize', 'pipelineParallelSize'] as const;
type Size = (typeof sizes)[number];
export type Shape = {readonly [name in Size]?: number};
/** One copy of the model in one group: if a tensor parallel size is not possible with these, it never is. */
const single = {decodeContextParallelSize: 1, dataParallelSize: 1, pipelineParallelSize: 1};

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
  for (const tensorParallelSize of downFrom(input.node.gpuCount)) {
    const shape = {...single, tensorParallelSize};
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
  const {settings, node, model} = input;
  const {layers} = model.architecture;
  const fewer = (size: Size): readonly number[] =>
    names.has(size) ? downFrom(Math.min(settings[size] - 1, node.gpuCount)) : [settings[size]];
  const isMeant = (ranks: number): boolean =>
    names.has('tensorParallelSize') === (ranks !== settings.tensorParallelSize);
  const stages = fewer('pipelineParallelSize').filter((count) => count <= layers);
  for (const tensorParallelSize of stages.length === 0 ? [] : downFrom(node.gpuCount).filter(isMeant)) {
    const shared = fewer('decodeContextParallelSize').find((ranks) => tensorParallelSize % ranks === 0);
    if (shared === undefined || !isPossibleShape(input, {...single, tensorParallelSize})) continue;
    const groups = largestGroups(input, tensorParallelSize, stages, fewer('dataParallelSize'));
    if (groups === null) continue;
    const all = {tensorParallelSize, ...groups, decodeContextParallelSize: shared};
    const shape = Object.fromEntries(
      Object.entries(all).filter(([name]) => sizes.some((size) => size === name && names.has(size))),
    );
    if (isPossibleShape(input, shape)) return shape;
  }
  return null;
}

/** The most stages, then the most replicas, of those possible with so many tensor-parallel ranks. Both lists fall. */
function largestGroups(
  input: PlanInput,
  tensorParallelSize: number,
  stages: readonly number[],
  replicas: readonly number[],
): Required<Pick<Shape, 'pipelineParallelSize' | 'dataParallelSize'>> | null {
  const {settings, node, engine} = input;
  const hasRoom = (pipelineParallelSize: number, dataParallelSize: number): boolean =>
    tensorParallelSize * engine.gpuGroups({...settings, pipelineParallelSize, dataParallelSize}) <= node.gpuCount;
  const possible = replicas.filter(
    (dataParallelSize) =>
      hasRoom(1, dataParallelSize) && isPossibleShape(input, {...single, tensorParallelSize, dataParallelSize}),
  );
  const fewest = possible.at(-1);
  if (fewest === undefined) return null;
  const pipelineParallelSize = stages.find((count) => hasRoom(count, fewest));
  if (pipelineParallelSize === undefined) return null;
  const dataParallelSize = possible.find((count) => hasRoom(pipelineParallelSize, count)) ?? fewest;
  return {pipelineParallelSize, dataParallelSize};
}

function downFrom(most: number): readonly number[] {
  return Array.from({length: Math.max(0, most)}, (_, index) => most - index);
}
