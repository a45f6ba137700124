import type {Finding} from '../domain/diagnosis/finding.ts';
import type {StartPhase} from '../domain/lifecycle/phases.ts';
import type {EngineMemory} from '../domain/memory/engine-memory.ts';
import type {ModelOnDisk} from '../domain/memory/model/checkpoint.ts';
import type {SocketFiles} from '../domain/preflight/socket-check.ts';
import type {LaunchSettings} from '../domain/settings/launch-settings.ts';
import type {SettingName} from '../domain/settings/settings-table.ts';
import type {RequestUsage} from '../domain/traffic/own-requests/request-claim.ts';
import type {EngineMetricsSample} from '../samples/engine-metrics.ts';
import type {MetricFamily} from '../samples/exposition.ts';
import type {LoggedRequest} from '../samples/logged-request.ts';
import type {LoggedTraffic} from '../samples/logged-traffic.ts';
import type {Reading} from '../samples/reading.ts';
import type {BenchTool} from './bench/bench-tool.ts';
import type {OfflineBench} from './bench/offline-bench.ts';
import type {EngineInstallation} from './engine-installation.ts';

/** A group of command-line arguments and the reason for them. */
export type LaunchArgument = {readonly argv: readonly string[]; readonly why: string};

/** An environment variable for the engine and the reason for it. */
export type LaunchVariable = {
  readonly name: string;
  readonly value: string;
  readonly why: string;
  readonly isSecret: boolean;
};

/** A file for the engine to read, written with mode 0600 before it starts. */
export type LaunchFile = {
  /** Absolute. */
  readonly path: string;
  readonly contents: string;
  readonly why: string;
  /** A part of the contents that is shown nowhere. */
  readonly secret: string;
};

/** How to start an engine: arguments after its program, environment, and files that must exist first. */
export type LaunchCommand = {
  readonly arguments: readonly LaunchArgument[];
  readonly environment: readonly LaunchVariable[];
  readonly files: readonly LaunchFile[];
};

/** Facts about the host that decide how an engine is started. */
export type LaunchHost = {
  /** The installed engine's version as it prints it; null while unknown. */
  readonly version: string | null;
  /** The model's files are complete on this disk, so the hub is not contacted. */
  readonly isModelOnDisk: boolean;
  /** Key of the engine's API, from `apiKeyVariable`; null for an engine without one. */
  readonly apiKey: string | null;
  /** The run's own directory, absolute and readable by this user only. */
  readonly runDirectory: string;
};

/** Numbers an engine reports about itself while starting. Bytes, tokens, requests, seconds or a ratio, per the name. */
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
  /** Before it loaded anything, of the fullest GPU that is named. */
  | 'freeBeforeLoadBytesPerGpu'
  /** Of a process that ran out of memory: what it held, and what it wanted more. */
  | 'heldBytesPerGpu'
  | 'wantedBytesPerGpu'
  | 'checkpointBytes'
  | 'estimatedMaxContextTokens'
  | 'downloadSeconds'
  | 'weightsLoadSeconds'
  | 'compileSeconds'
  | 'graphCaptureSeconds'
  | 'engineInitSeconds'
  | 'tensorParallelSize'
  /** Of a CPU backend: the memory of its NUMA node. */
  | 'cpuMemoryBytes'
  /** Of an engine whose step did not end: what it was doing. */
  | 'stalledRunningRequests'
  | 'stalledWaitingRequests'
  | 'stalledKvUsageRatio'
  /** Of a model with latent attention: the layers, and the values that a token takes in the KV cache of one. */
  | 'layerCount'
  | 'kvValuesPerTokenAndLayer';

/** What one log line means. */
export type EngineLogEvent =
  | {readonly type: 'version'; readonly version: string}
  | {readonly type: 'phase'; readonly phase: StartPhase}
  | {readonly type: 'progress'; readonly phase: StartPhase; readonly ratio: number}
  | {readonly type: 'fact'; readonly name: EngineFactName; readonly value: number}
  /** The engine logged that it accepts requests. */
  | {readonly type: 'ready'}
  | {
      readonly type: 'traffic';
      readonly traffic: LoggedTraffic;
      /** Of data parallelism, the number of the engine whose values these are. */
      readonly replica?: number;
    }
  | {readonly type: 'request'; readonly request: LoggedRequest}
  /** It says itself that a step, or the answer of one of its processes, has taken this long, and continues to wait. */
  | {readonly type: 'step-awaited'; readonly seconds: number}
  | {readonly type: 'shutdown-requested'}
  /** Not a failure: explains slow requests, or warns of a failure to come. */
  | {
      readonly type: 'notice';
      readonly finding: Finding;
      /** True for a property of this run; otherwise something that happened, of interest for some minutes. */
      readonly isLasting?: true;
    }
  /**
   * `isConsequence`: when the log also has the failure that led to this line, that failure is the cause. `isPrecise`: it
   * repeats the failure just before it with more detail.
   */
  | {
      readonly type: 'failure';
      readonly finding: Finding;
      readonly isConsequence: boolean;
      readonly isPrecise: boolean;
      /** A start that is in this phase, or reaches it later, shows that the failure did no harm. */
      readonly harmlessFrom?: StartPhase;
      /** No process that logs this continues: what a later line says of a start is of another one. */
      readonly isEnd?: true;
    };

/** Where the engine is, according to its log: the same text needs a different fix in another phase. */
export type LogContext = {
  /** The latest start phase so far; null before the first, or if the beginning was not read. */
  readonly phase: StartPhase | null;
  /** The engine has logged that it accepts requests. */
  readonly isReady: boolean;
  /** What the engine has reported about itself, including settings that it printed. */
  readonly facts: Readonly<Partial<Record<EngineFactName, number>>>;
  /** Of a line that ends a traceback, the functions of that, the outermost first. */
  readonly functions?: readonly string[];
};

/** The context at the start of a log, or when nothing earlier was read. */
export const unknownLogContext: LogContext = {phase: null, isReady: false, facts: {}};

/** An EngineMetricsSample without its time and duration, which the scraper adds. */
export type MappedMetrics = Omit<EngineMetricsSample, 'stamp' | 'scrapeMs'>;

/** Where the use of the KV cache is, and how it is read: 0..1, or why it is unknown. */
export type KvPage = {
  readonly path: string;
  readonly readUsage: (page: unknown, settings: Pick<LaunchSettings, 'contextLengthTokens'>) => Reading<number>;
};

/** The words in front of a setting's value on an engine's command line, by setting. */
export type SettingOptions = Readonly<Record<Exclude<SettingName, 'engine' | 'extraArguments'>, readonly string[]>>;

/** Everything Gantry knows about one inference engine. Pure: text and values in, values out. */
export type Engine = {
  /** Folder name, and the name used in settings. */
  readonly name: string;
  readonly displayName: string;
  /** How it is installed and found, and how its version is read. */
  readonly installation: EngineInstallation;
  /** How it uses memory. */
  readonly memory: EngineMemory;
  /** The engine of a configuration that names none; exactly one is. */
  readonly isDefault: boolean;
  /** The options that each setting sets; empty for a setting that this engine does not have. */
  readonly settingOptions: SettingOptions;
  /** Options whose value is a secret: every user of the host can read a command line. */
  readonly secretOptions: readonly string[];
  /** The command line and environment for these settings on this host. */
  readonly buildLaunch: (settings: LaunchSettings, host: LaunchHost) => LaunchCommand;
  /** Extra arguments that conflict with the settings or would expose a secret; null when there are none. */
  readonly findArgumentConflict: (settings: LaunchSettings) => Finding | null;
  /** Weights that this engine cannot read, by the files on disk or else by the name; null when there is no reason to refuse. */
  readonly findModelConflict: (settings: LaunchSettings, onDisk: ModelOnDisk | null) => Finding | null;
  /** What answers without the key, as a part of a sentence; null if the key guards everything that generates. */
  readonly partialGuard: string | null;
  /** The sockets between its processes; null for an engine of one process. */
  readonly socketFiles: SocketFiles | null;
  /** The environment variable with the key of the engine's API, for Gantry and for other clients. */
  readonly apiKeyVariable: string;
  /** Meaning of one log line (control sequences already removed); empty when the line is not relevant. */
  readonly interpretLogLine: (text: string, context: LogContext) => readonly EngineLogEvent[];
  /** The time in a line's prefix, ms on the log's own clock: only differences within one log are meaningful. */
  readonly readLogTimeMs: (text: string) => number | null;
  /** What marks the lines of a rank in its log, by the rank's number; null for an engine whose GPUs have one process. */
  readonly rankMark: ((rank: number) => string) | null;
  /** What it does between opening its API and being ready, as the end of a sentence; absent where nothing. */
  readonly lastStep?: string;
  /** What a process of this command line or title does: answers requests, or works for the one that does; null for another program. */
  readonly roleOfProcess: (command: string) => 'server' | 'worker' | null;
  /** Of an engine with a process between its server and its workers: whether a title is that of it, or of a worker that needs it. */
  readonly core?: {
    readonly isCore: (command: string) => boolean;
    readonly needsCore: (command: string) => boolean;
    /** True for a server of a node whose workers have their core on another one. */
    readonly isElsewhere: (command: string) => boolean;
  };
  /** True for a line that only this engine prints: identifies which engine wrote a log. */
  readonly recognizesLogLine: (text: string) => boolean;
  /** True for a line of its own router, which passes requests on to several servers; absent for an engine without one. */
  readonly recognizesRouterLine?: (text: string) => boolean;
  /** True for the name of a series that `mapMetrics` reads; a page has many others. */
  readonly readsSeries: (name: string) => boolean;
  /** Maps /metrics families to Gantry's common metrics. */
  readonly mapMetrics: (families: readonly MetricFamily[]) => MappedMetrics;
  /** Another page, of JSON, with the use of the KV cache that /metrics lacks; null where there is none. */
  readonly kvPage: KvPage | null;
  /** True if the log has the times of each request (`request` events), which /metrics lacks. */
  readonly logsRequests: boolean;
  /** Requests that may run at the same time, of all engine cores; null where only the engine itself knows. */
  readonly runningLimit: (settings: LaunchSettings, facts: Readonly<Partial<Record<string, number>>>) => number | null;
  /** True if extra arguments switch off chunked prefill: a step then takes as long as the longest prompt. */
  readonly prefillsWholePrompts: (settings: LaunchSettings) => boolean;
  /** HTTP paths on the engine's endpoint. `guarded` needs the API key, if the engine has one, and costs nothing. */
  readonly paths: {
    readonly health: string;
    readonly models: string;
    readonly chat: string;
    readonly metrics: string;
    readonly guarded: string;
  };
  /** Benchmarks that load its running server, the preferred one first. */
  readonly benchTools: readonly BenchTool[];
  /** One that loads the model itself, whose results are only read; null for none. */
  readonly offlineBench: OfflineBench | null;
  /** What a request of the health path makes the engine count at most; null where it generates nothing. */
  readonly healthUsage: RequestUsage | null;
};
