/** Functions of an engine, and the stage that each of them stands for. */
export type StageFunctions<Stage> = readonly (readonly [functions: RegExp, stage: Stage])[];

/**
 * The stage in which an exception was raised, by the outermost function that belongs to one: a run with dummy requests is
 * part of a measurement, of a warm-up or of a capture. Null if no function of the traceback tells.
 */
export function stageOf<Stage>(functions: readonly string[], stages: StageFunctions<Stage>): Stage | null {
  for (const name of functions) {
    const found = stages.find(([pattern]) => pattern.test(name));
    if (found !== undefined) return found[1];
  }
  return null;
}
