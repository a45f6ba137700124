import type {SizeView} from '../../api/cost/size-view.ts';
import type {EngineProcess} from '../../api/engine-view.ts';
import type {Condition} from '../../domain/diagnosis/conditions/condition.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {DriverMessage} from '../../domain/diagnosis/kernel/driver-messages.ts';
import type {KnownCard} from '../../domain/diagnosis/kernel/known-cards.ts';
import type {EngineAccess} from '../../domain/diagnosis/serving/engine-access.ts';
import type {EndedGrowth} from '../../domain/diagnosis/serving/run-growth.ts';
import type {ServingConditions} from '../../domain/diagnosis/serving/serving-conditions.ts';
import type {Unanswered} from '../../domain/lifecycle/lifecycle-findings.ts';
import type {EngineState} from '../../domain/lifecycle/phases.ts';
import type {StallTrack} from '../../domain/traffic/forward-progress.ts';
import type {CounterJump} from '../../domain/traffic/own-requests/counter-jump.ts';
import type {OwnRequests} from '../../domain/traffic/own-requests/own-requests.ts';
import type {RequestTally} from '../../domain/traffic/request-tally.ts';
import type {TrafficWindow} from '../../domain/traffic/traffic-window.ts';
import type {AgentConfiguration} from '../../samples/agent-configuration.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import type {GpuFrame, GpuInventory, GpuProcessList, GpuProcessSample} from '../../samples/gpu.ts';
import type {LoggedTraffic} from '../../samples/logged-traffic.ts';
import type {Reading} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';

/** A source without new samples: since when (monotonic), and why in one sentence. */
export type SourceTrouble = {readonly sinceMonotonicMs: number; readonly detail: string};

/** A notice, when it was last seen, and whether it holds for the whole run. */
export type LogNotice = {readonly stamp: Stamp; readonly finding: Finding; readonly isLasting: boolean};

/** What an earlier supervisor knew of a run. */
export type RecalledRun = {
  /** So that growth, and since when something lasts, is not forgotten with it. */
  readonly serving: ServingConditions;
  readonly stall: StallTrack;
  /** So that its probes do not become traffic of clients. */
  readonly ownRequests: OwnRequests;
  /** How long its server had responded to nothing. */
  readonly unanswered: Unanswered;
  /** When it was last seen to serve, epoch ms; null if that is not stored. */
  readonly seenAtMs: number | null;
};

/** The latest data of the supervisor's sources. Each sample has its own stamp; nothing here is computed. */
export type Observations = {
  readonly gpuFrame: GpuFrame | null;
  readonly gpuInventory: GpuInventory | null;
  /** Indexes of the GPUs by address, also of one that is no longer listed. */
  readonly knownCards: readonly KnownCard[];
  readonly gpuProcesses: ({readonly stamp: Stamp} & GpuProcessList) | null;
  /** Processes with enough GPU memory to be reported, if they are not the engine's. */
  readonly largeHolders: ReadonlySet<number>;
  readonly gpuFindings: readonly Finding[];
  readonly gpuTrouble: SourceTrouble | null;
  /** Oldest first; absent where this user may not read the kernel's log. */
  readonly driverLog: Reading<readonly DriverMessage[]>;
  /** Who can use the engine, by what listens; null while unknown. */
  readonly access: EngineAccess | null;
  /** Processes of the present run's session as last listed. */
  readonly sessionPids: ReadonlySet<number>;
  /** The same as they are shown; null before they are read. */
  readonly engineProcesses: readonly EngineProcess[] | null;
  /** The newest sample, of clients' traffic alone. */
  readonly metrics: EngineMetricsSample | null;
  /** The same sample as the engine reports it: with Gantry's own requests. */
  readonly engineMetrics: EngineMetricsSample | null;
  readonly metricsFinding: Finding | null;
  readonly metricsTrouble: SourceTrouble | null;
  /** What is wrong with the newest page of metrics, though it could be read. */
  readonly metricsNotice: Finding | null;
  /** Growth of counters during the present run that no node can have had. */
  readonly counterJumps: readonly CounterJump[];
  readonly traffic: TrafficWindow;
  /** How long the engine has made no step. */
  readonly stall: StallTrack;
  /** The last answer of the health path, and the engine's state when it was asked. */
  readonly health: {readonly answer: string; readonly isResponse: boolean; readonly state: EngineState} | null;
  /** How long the server of the serving engine has responded to nothing; null while it responds. */
  readonly unansweredMs: number | null;
  /** It may have begun before this supervisor watched the engine. */
  readonly isUnansweredAtLeast: boolean;
  /** What this supervisor itself has sent to the engine of the present run, and its part of the counters. */
  readonly ownRequests: OwnRequests;
  readonly logStamp: Stamp | null;
  /** The engine's periodic traffic line, and when it was read. */
  readonly loggedTraffic: {readonly stamp: Stamp; readonly traffic: LoggedTraffic} | null;
  /** The requests in the log of an engine that logs each one, since its start. */
  readonly requests: RequestTally;
  /** Notices from the log that are not failures, by code, with the time they were last seen. */
  readonly logNotices: Readonly<Record<string, LogNotice>>;
  /** Indexes of the GPUs on which the present run is; null while they are unknown. */
  readonly engineGpus: ReadonlySet<number> | null;
  /** The processes that the driver listed before the present run was launched; null if it was adopted. */
  readonly earlierProcesses: readonly GpuProcessSample[] | null;
  /** Bytes that other programs held on a GPU of the engine while it started; null if unknown: it was adopted. */
  readonly otherProgramsBytes: number | null;
  /** What conditions of the serving engine remember between two seconds. */
  readonly serving: ServingConditions;
  /** Growth of the engine's memory in the last run that served and grew; null for none. */
  readonly endedGrowth: EndedGrowth | null;
  /** Raised once no other program holds the GPU memory that the start of this run found in use. */
  readonly takenMemory: Condition;
  /** Raised while the serving engine holds much less of a GPU than planned. */
  readonly unusedGpus: Condition;
  readonly logFinding: Finding | null;
  /** Findings of the newest start; shown until the engine serves. */
  readonly preflightFindings: readonly Finding[];
  /** What the newest start found wrong with the host and no start changes: limits, shared memory, disks. */
  readonly hostFindings: readonly Finding[];
  /** How large the node has to be for its traffic, as last judged. */
  readonly nodeSize: Reading<SizeView>;
  /** Coding agents as configured on this host. */
  readonly agents: readonly AgentConfiguration[];
  /** Problems of the supervisor itself: journal, history. By topic. */
  readonly ownFindings: Readonly<Record<string, Finding>>;
};
