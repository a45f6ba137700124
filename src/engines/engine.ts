import type {Finding} from '../domain/diagnosis/finding.ts';
import type {StartPhase} from '../domain/lifecycle/phases.ts';
import type {EngineMemory} from '../domain/memory/engine-memory.ts';
import type {LaunchSettings} from '../domain/settings/launch-settings.ts';
import type {EngineMetricsSample} from '../samples/engine-metrics.ts';
import type {MetricFamily} from '../samples/exposition.ts';
import type {LoggedTraffic} from '../samples/logged-traffic.ts';
import type {EngineInstallation} from './engine-installation.ts';

/** A group of command-line words and why they are there. */
export type LaunchArgument = {readonly words: readonly string[]; readonly why: string};

/** An environment variable for the engine and why it is there. */
export type LaunchVariable = {
  readonly name: string;
  readonly value: string;
  readonly why: string;
  readonly isSecret: boolean;
};

/** A file that the engine is to read, written with mode 0600 before it starts. */
export type LaunchFile = {
  /** Absolute. */
  readonly path: string;
  readonly contents: string;
  readonly why: string;
};

/** How to start an engine: the words after its program, the environment, and files that must be there first. */
export type LaunchCommand = {
  readonly arguments: readonly LaunchArgument[];
  readonly environment: readonly LaunchVariable[];
  readonly files: readonly LaunchFile[];
};

/** What of the host decides how an engine is started. */
export type LaunchHost = {
  /** The installed engine's version as it prints it; null while it is not known. */
  readonly version: string | null;
  /** The model's files are whole on this disk, so that nothing has to be asked of the hub. */
  readonly isModelOnDisk: boolean;
  /** Key of the engine's API, from `apiKeyVariable`; null for an engine without one. */
  readonly apiKey: string | null;
  /** The run's own directory, absolute and readable by this user alone. */
  readonly runDirectory: string;
};

/** Numbers an engine states about itself while starting. Bytes, tokens, requests, seconds or a ratio, per the name. */
export type EngineFactName =
  | 'weightsBytesPerGpu'
  | 'kvCachePoolBytesPerGpu'
  | 'kvCapacityTokens'
  | 'maxConcurrency'
  | 'memoryFraction'
  | 'maxRunningRequests'
  | 'contextLengthTokens'
  | 'cudaGraphBytesPerGpu'
  | 'estimatedCudaGraphBytesPerGpu'
  | 'computeBufferBytesPerGpu'
  | 'freeBytesPerGpu'
  | 'checkpointBytes'
  | 'estimatedMaxContextTokens'
  | 'downloadSeconds'
  | 'weightsLoadSeconds'
  | 'compileSeconds'
  | 'graphCaptureSeconds'
  | 'engineInitSeconds';

/** What one log line means. */
export type EngineLogEvent =
  | {readonly type: 'version'; readonly version: string}
  | {readonly type: 'phase'; readonly phase: StartPhase}
  | {readonly type: 'progress'; readonly phase: StartPhase; readonly ratio: number}
  | {readonly type: 'fact'; readonly name: EngineFactName; readonly value: number}
  /** The engine's own word that it takes requests. */
  | {readonly type: 'ready'}
  | {readonly type: 'traffic'; readonly traffic: LoggedTraffic}
  | {readonly type: 'shutdown-requested'}
  /** Worth knowing, and no failure: what explains a slow request, or announces one to come. */
  | {readonly type: 'notice'; readonly finding: Finding}
  /** `isConsequence`: this line follows from another failure wherever the log tells of one, which names the cause. */
  | {readonly type: 'failure'; readonly finding: Finding; readonly isConsequence: boolean};

/** How far the log has told the engine to be: the same words mean another cure at another time. */
export type LogContext = {
  /** The latest phase of the start so far; null before the first, or where the beginning was not read. */
  readonly phase: StartPhase | null;
  /** The engine has said that it takes requests. */
  readonly isReady: boolean;
  /** What the engine has stated of itself, settings that it printed among it. */
  readonly facts: Readonly<Partial<Record<EngineFactName, number>>>;
};

/** Nothing is known of what the log said before. */
export const unknownLogContext: LogContext = {phase: null, isReady: false, facts: {}};

/** An EngineMetricsSample as the mapper can make it: when and how long is known by the scraper. */
export type MappedMetrics = Omit<EngineMetricsSample, 'stamp' | 'scrapeMs'>;

/** Everything Gantry knows of one inference engine. Pure: text and values in, values out. */
export type Engine = {
  /** Folder name and the word used in settings. */
  readonly name: string;
  readonly displayName: string;
  /** How it is installed, found and asked for its version. */
  readonly installation: EngineInstallation;
  /** How it uses memory. */
  readonly memory: EngineMemory;
  /** The command line and environment for these settings on this host. */
  readonly buildLaunch: (settings: LaunchSettings, host: LaunchHost) => LaunchCommand;
  /** What of the extra arguments cannot work with the settings, or would give a secret away; null when nothing. */
  readonly findArgumentConflict: (settings: LaunchSettings) => Finding | null;
  /** The environment variable that holds the key of the engine's API, for Gantry and for whoever asks the engine. */
  readonly apiKeyVariable: string;
  /** Meaning of one log line (control sequences already removed); empty when it means nothing to us. */
  readonly interpretLogLine: (text: string, context: LogContext) => readonly EngineLogEvent[];
  /** The moment a line says it was written, ms on the log's own clock: only differences within a log mean something. */
  readonly readLogTimeMs: (text: string) => number | null;
  /** True for a line that this engine prints and the others do not: tells whose log it is. */
  readonly recognizesLogLine: (text: string) => boolean;
  /** /metrics families to the common vocabulary. */
  readonly mapMetrics: (families: readonly MetricFamily[]) => MappedMetrics;
  /** HTTP paths on the engine's endpoint. */
  readonly paths: {readonly health: string; readonly models: string; readonly chat: string; readonly metrics: string};
};
