import type {Architecture} from './architecture.ts';
import type {WeightModule, WeightPartName} from './weight-module.ts';
import {weightModules} from './weight-modules.ts';

/** Parameters of a model. */
export type ParameterCounts = {
  /** An MoE model keeps every expert in memory, so this decides the size. */
  readonly total: number;
  /** Parameters used per token: decides speed, never size. The embedding is a table look-up and not included. */
  readonly active: number;
  readonly routedExperts: number;
  /** Without the vision tower and its projector. */
  readonly text: number;
  readonly parts: readonly {readonly name: WeightPartName; readonly parameters: number}[];
};

/** Counts the parameters of every part. */
export function countParameters(architecture: Architecture): ParameterCounts {
  const modules = weightModules(architecture);
  const parts = new Map<WeightPartName, number>();
  for (const module of modules) parts.set(module.part, (parts.get(module.part) ?? 0) + parametersOf(module));
  const of = (name: WeightPartName): number => parts.get(name) ?? 0;
  const total = modules.reduce((sum, module) => sum + parametersOf(module), 0);
  const text = total - of('vision-tower') - of('vision-projector');
  const routedExperts = of('routed-experts');
  const {experts, tiesEmbeddings} = architecture;
  const chosen = experts === null ? 0 : (routedExperts / experts.routedExperts) * experts.expertsPerToken;
  // A tied embedding is the output head as well, which every token passes through.
  const active = text - routedExperts + chosen - (tiesEmbeddings ? 0 : of('embedding'));
  return {total, active, routedExperts, text, parts: [...parts].map(([name, parameters]) => ({name, parameters}))};
}

function parametersOf({rows, columns, count}: WeightModule): number {
  return rows * columns * count;
}
