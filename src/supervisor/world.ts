import type {Reading} from '../samples/reading.ts';

/** The node a supervisor looks after: the real one, or a simulated one with executables of its own. */
export type World = {
  readonly simulated: boolean;
  /** Directory of the simulated node; null on a real one. */
  readonly simulatedNode: string | null;
  readonly nvidiaSmiPath: string;
  /** The engine's executable; null leaves it to the engine's own name, looked up on PATH. */
  readonly enginePath: string | null;
  readonly nodeUsdPerHour: Reading<number>;
};
