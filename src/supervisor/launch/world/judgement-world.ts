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

/** The GPUs and what is on them now. */
export type CardReading = Pick<GpuReading, 'findings' | 'inventory'> & {
  /** Why there is no inventory, if no finding says it; null otherwise. */
  readonly unread: string | null;
};

/** Why a port cannot be used: the system's error code, and the process that listens there, if this user can see it. */
export type PortProblem = {
  readonly code: string;
  readonly holder: {readonly pid: number; readonly command: string} | null;
};

/** Everything that a judgement reads: in a supervisor, in a command's own process, or in a test. */
export type JudgementWorld = {
  /** On a simulated node the disks and limits of this host are not checked. */
  readonly simulated: boolean;
  readonly nvidiaSmiPath: () => string;
  readonly directories: Pick<Directories, 'stateDir' | 'dataDir'>;
  readonly homeDirectory: string;
  /** The environment for the engine. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  readonly pause: (durationMs: number) => Promise<void>;
  /** Waits, with a limit, for GPUs that were not read yet. */
  readonly readCards: () => Promise<CardReading>;
  readonly lookUpModel: (model: string) => Promise<Result<ModelOnDisk | null, ModelProblem>>;
  /** Measurements of earlier starts, the newest first. */
  readonly outcomes: () => readonly PlanOutcome[];
  readonly findInstallation: (engine: Engine) => Promise<Installation>;
  /** The version of an installed engine from its files alone, without running anything; null if it is unknown. */
  readonly readInstalledVersion: (engine: Engine) => Promise<string | null>;
  /** The version of this engine in its run, as its log says; null if there is none, or it is unknown. */
  readonly runningVersion: (engine: string) => string | null;
  readonly readHostFacts: (places: HostPlaces) => Promise<HostFacts>;
  /** Null if the port is free. */
  readonly findPortProblem: (host: string, port: number) => Promise<PortProblem | null>;
  /** Why a directory is not writable; null if it is. */
  readonly findWriteProblem: (directory: string) => Promise<string | null>;
};
