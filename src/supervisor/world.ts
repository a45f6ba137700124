/** Programs that replace engines. */
export type StandIns = {
  readonly directory: string;
  /** By the name of the program, as it prints it. */
  readonly versions: Readonly<Partial<Record<string, string>>>;
};

/** The node a supervisor manages: the real one, or a simulated one with its own executables. */
export type World = {
  readonly simulated: boolean;
  /** Directory of the simulated node; null on a real one. */
  readonly simulatedNode: string | null;
  /** As on a simulated node; null if engines are searched for. */
  readonly standIns: StandIns | null;
};
