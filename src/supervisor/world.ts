/** The node a supervisor manages: the real one, or a simulated one with its own executables. */
export type World = {
  readonly simulated: boolean;
  /** Directory of the simulated node; null on a real one. */
  readonly simulatedNode: string | null;
  /** Directory of programs that replace engines, as on a simulated node; null if engines are searched for. */
  readonly engineDirectory: string | null;
};
