import type {Reading} from '../samples/reading.ts';
import type {ContainerChoice} from '../sources/engine-installation/found-engine.ts';

/** What the configuration says of the installation, which is meant for the configured engine alone. */
export type EngineChoice = {
  readonly engine: string;
  readonly executable: string | null;
  readonly container: ContainerChoice | null;
};

/** The node a supervisor looks after: the real one, or a simulated one with executables of its own. */
export type World = {
  readonly simulated: boolean;
  /** Directory of the simulated node; null on a real one. */
  readonly simulatedNode: string | null;
  readonly nvidiaSmiPath: string;
  /** Programs that stand in for engines by their own names, as on a simulated node; null where engines are looked for. */
  readonly engineDirectory: string | null;
  /** What the configuration says of where the engine is; null for nothing. */
  readonly engineChoice: EngineChoice | null;
  readonly nodeUsdPerHour: Reading<number>;
};
