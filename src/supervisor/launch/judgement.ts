import {type ApiError, refusalOf} from '../../api/commands.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {PlannedNode} from '../../domain/memory/node-spec.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {Check} from '../../domain/preflight/check.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Reading} from '../../samples/reading.ts';
import type {ApiKey} from '../access/api-key.ts';
import type {Installation} from './installed-engines.ts';
import type {PreparedLaunch} from './prepare-launch.ts';

/** What the running engine frees if it is stopped for the start. */
export type Held = {
  readonly endpoint: Pick<LaunchSettings, 'host' | 'port'>;
  /** Its processes. */
  readonly pids: ReadonlySet<number>;
  /** Indexes of its GPUs; null if they are unknown: then it uses the first `gpuCount` usable ones. */
  readonly gpuIndexes: ReadonlySet<number> | null;
  readonly gpuCount: number;
  /**
   * False while its memory grows or shrinks: a reading of a GPU is newer than the list of processes, whose numbers are
   * then too low or too high.
   */
  readonly isMemorySteady: boolean;
};

/** The start to judge. */
export type LaunchRequest = {
  readonly settings: LaunchSettings;
  readonly force: boolean;
  /** Null if no engine is stopped for it. Asked after each reading: a run may begin, grow or end during a judgement. */
  readonly held: () => Held | null;
  /** GPUs to plan for instead of this host's: then only checks that need no host are made. */
  readonly node: PlannedNode | null;
  /** Processes of an engine that exited recently: the driver's list may still contain them. */
  readonly endedPids?: ReadonlySet<number>;
  /** How long to wait for GPU memory that no process uses: the driver is still freeing it. */
  readonly memoryPatienceMs: number;
  /** True for a fix of another start that is being tried: fixes of its own problems are not looked for. */
  readonly isCandidate?: boolean;
};

/** Whether a start would work, and why. */
export type Judgement = {
  readonly settings: LaunchSettings;
  readonly plan: Reading<MemoryPlan>;
  readonly checks: readonly Check[];
  /** Everything that blocks the start, in order of the checks. */
  readonly blockers: readonly Finding[];
  /** If the engine is not installed: as if it were on PATH. Null for an unknown engine. */
  readonly launch: PreparedLaunch | null;
  /** Null for an unknown engine. */
  readonly installation: Installation | null;
  /** Never in anything that is shown. */
  readonly apiKey: ApiKey;
  /** The model's files on this host; null if there are none. */
  readonly onDisk: ModelOnDisk | null;
};

/** True if nothing blocks the start. */
export function passes({blockers}: Pick<Judgement, 'blockers'>): boolean {
  return blockers.length === 0;
}

/** The refusal of a start for these reasons, the first one first; null if there are none. */
export function refusalFor(blockers: readonly Finding[]): ApiError | null {
  const [first, ...others] = blockers;
  if (first === undefined) return null;
  return {...refusalOf(first), ...(others.length === 0 ? {} : {others: others.map(refusalOf)})};
}
