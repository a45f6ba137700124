import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {TrafficWindow} from '../../domain/traffic/traffic-window.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import type {GpuFrame, GpuInventory, GpuProcessSample} from '../../samples/gpu.ts';
import type {LoggedTraffic} from '../../samples/logged-traffic.ts';
import type {Reading} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';

/** A source that stopped giving samples: since when (monotonic), and why in one sentence. */
export type SourceTrouble = {readonly sinceMonotonicMs: number; readonly detail: string};

/** What the supervisor's sources last saw. Each sample keeps its own stamp; nothing here is computed. */
export type Observations = {
  readonly gpuFrame: GpuFrame | null;
  readonly gpuInventory: GpuInventory | null;
  readonly gpuProcesses: {readonly stamp: Stamp; readonly processes: readonly GpuProcessSample[]} | null;
  readonly gpuFindings: readonly Finding[];
  readonly gpuTrouble: SourceTrouble | null;
  /** Processes of the present run's session as last listed. */
  readonly sessionPids: ReadonlySet<number>;
  readonly metrics: EngineMetricsSample | null;
  readonly metricsFinding: Finding | null;
  readonly metricsTrouble: SourceTrouble | null;
  readonly traffic: TrafficWindow;
  readonly health: Reading<string>;
  readonly logStamp: Stamp | null;
  /** The engine's own periodic line, and when it was read. */
  readonly loggedTraffic: {readonly stamp: Stamp; readonly traffic: LoggedTraffic} | null;
  /** What the log said that is worth knowing and no failure, by code, with when it was last said. */
  readonly logNotices: Readonly<Record<string, {readonly stamp: Stamp; readonly finding: Finding}>>;
  readonly logFinding: Finding | null;
  /** Of the newest start; shown until the engine serves. */
  readonly preflightFindings: readonly Finding[];
  /** What is wrong with the supervisor's own house: journal, history. By code. */
  readonly ownFindings: Readonly<Record<string, Finding>>;
};
