import type {ModelOnDisk} from '../../../domain/memory/model/checkpoint.ts';
import type {ModelProblem} from '../../../domain/memory/model/model-problem.ts';
import type {PlanOutcome} from '../../../domain/memory/plan/plan-outcome.ts';
import type {HostFacts} from '../../../domain/preflight/host-checks.ts';
import type {Engine} from '../../../engines/engine.ts';
import type {Result} from '../../../shared/result.ts';
import type {HostPlaces} from '../../../sources/host/host-facts.ts';
import type {GpuReading} from '../../../sources/nvidia-smi/read-gpus-once.ts';
import type {Directories} from '../../state-dir/directories.ts';
import type {Installation} from '../installed-engines.ts';

/** The cards as they are now. */
export type CardReading = Pick<GpuReading, 'findings' | 'inventory'> & {
  /** Why there is no inventory, where no finding says it; null otherwise. */
  readonly unread: string | null;
};

/** Why a port cannot be had: the system's code, and who listens there where that can be seen. */
export type PortProblem = {
  readonly code: string;
  readonly holder: {readonly pid: number; readonly command: string} | null;
};

/** Everything that a judgement asks of the world: the same in a supervisor, in a command's own process and in a test. */
export type JudgementWorld = {
  /** On a simulated node the host itself says nothing of the node: neither its disks nor its limits are asked. */
  readonly simulated: boolean;
  readonly nvidiaSmiPath: string;
  readonly directories: Pick<Directories, 'stateDir' | 'dataDir'>;
  readonly homeDirectory: string;
  /** The environment that the engine would be started from. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  readonly pause: (durationMs: number) => Promise<void>;
  /** Waits for cards that were not read yet, to a bound. */
  readonly readCards: () => Promise<CardReading>;
  readonly lookUpModel: (model: string) => Promise<Result<ModelOnDisk | null, ModelProblem>>;
  /** What earlier starts taught, the newest first. */
  readonly outcomes: () => readonly PlanOutcome[];
  readonly findInstallation: (engine: Engine) => Promise<Installation>;
  readonly readHostFacts: (places: HostPlaces) => Promise<HostFacts>;
  /** Null where the port can be listened on now. */
  readonly findPortProblem: (host: string, port: number) => Promise<PortProblem | null>;
  /** Why nothing can be written to a directory; null where it can. */
  readonly findWriteProblem: (directory: string) => Promise<string | null>;
};
