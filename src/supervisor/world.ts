import type {Reading} from '../samples/reading.ts';
import type {ContainerChoice} from '../sources/engine-installation/found-engine.ts';

/** The configured installation, which applies only to the configured engine. */
export type EngineChoice = {
  readonly engine: string;
  readonly executable: string | null;
  readonly container: ContainerChoice | null;
};

/** The node a supervisor manages: the real one, or a simulated one with its own executables. */
export type World = {
  readonly simulated: boolean;
  /** Directory of the simulated node; null on a real one. */
  readonly simulatedNode: string | null;
  readonly nvidiaSmiPath: string;
  /** Directory of programs that replace engines, as on a simulated node; null if engines are searched for. */
  readonly engineDirectory: string | null;
  /** The engine's location from the configuration; null if not set. */
  readonly engineChoice: EngineChoice | null;
  readonly nodeUsdPerHour: Reading<number>;
};
