import type {Finding} from '../domain/diagnosis/finding.ts';
import type {LaunchSettings} from '../domain/lifecycle/launch-settings.ts';
import type {StartPhase} from '../domain/lifecycle/phases.ts';
import type {EngineMetricsSample} from '../samples/engine-metrics.ts';
import type {MetricFamily} from '../samples/exposition.ts';

/** A group of command-line words and why they are there. */
export type LaunchArgument = {readonly words: readonly string[]; readonly why: string};

/** An environment variable for the engine and why it is there. */
export type LaunchVariable = {
  readonly name: string;
  readonly value: string;
  readonly why: string;
  readonly isSecret: boolean;
};

/** How to start an engine: executable name (looked up on PATH unless absolute), words, environment. */
export type LaunchCommand = {
  readonly executable: string;
  readonly arguments: readonly LaunchArgument[];
  readonly environment: readonly LaunchVariable[];
};

/** Numbers an engine states about itself while starting. Bytes, tokens or seconds, per the name. */
export type EngineFactName =
  | 'weightsBytesPerGpu'
  | 'kvCachePoolBytesPerGpu'
  | 'kvCapacityTokens'
  | 'maxConcurrency'
  | 'cudaGraphBytesPerGpu'
  | 'estimatedMaxContextTokens'
  | 'weightsLoadSeconds'
  | 'engineInitSeconds';

/** What one log line means. */
export type EngineLogEvent =
  | {readonly type: 'version'; readonly version: string}
  | {readonly type: 'phase'; readonly phase: StartPhase}
  | {readonly type: 'progress'; readonly phase: StartPhase; readonly ratio: number}
  | {readonly type: 'fact'; readonly name: EngineFactName; readonly value: number}
  | {readonly type: 'shutdown-requested'}
  /** `isConsequence`: this line follows from another failure wherever the log tells of one, which names the cause. */
  | {readonly type: 'failure'; readonly finding: Finding; readonly isConsequence: boolean};

/** An EngineMetricsSample as the mapper can make it: when and how long is known by the scraper. */
export type MappedMetrics = Omit<EngineMetricsSample, 'stamp' | 'scrapeMs'>;

/** Everything Gantry knows of one inference engine. Pure: text and values in, values out. */
export type Engine = {
  /** Folder name and the word used in settings. */
  readonly name: string;
  readonly displayName: string;
  /** The command line and environment for these settings. */
  readonly buildLaunch: (settings: LaunchSettings) => LaunchCommand;
  /** What of the extra arguments cannot work with the settings, or would give a secret away; null when nothing. */
  readonly findArgumentConflict: (settings: LaunchSettings) => Finding | null;
  /** The environment variable that holds the key of the engine's API, for the engine and for whoever asks it. */
  readonly apiKeyVariable: string;
  /** Meaning of one log line (control sequences already removed); empty when it means nothing to us. */
  readonly interpretLogLine: (text: string) => readonly EngineLogEvent[];
  /** /metrics families to the common vocabulary. */
  readonly mapMetrics: (families: readonly MetricFamily[]) => MappedMetrics;
  /** HTTP paths on the engine's endpoint. */
  readonly paths: {readonly health: string; readonly models: string; readonly chat: string; readonly metrics: string};
};
