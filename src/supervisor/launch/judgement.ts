import {type ApiError, refusalOf} from '../../api/commands.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {PlannedNode} from '../../domain/memory/node-spec.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {Check} from '../../domain/preflight/check.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Reading} from '../../samples/reading.ts';
import type {Installation} from './installed-engines.ts';
import type {PreparedLaunch} from './prepare-launch.ts';

/** What an engine that will be stopped first holds: a start in its place has it free. */
export type Held = {
  readonly endpoint: Pick<LaunchSettings, 'host' | 'port'>;
  /** Its processes, as the driver names them. */
  readonly pids: ReadonlySet<number>;
  /** It is on the first cards of the node, this many. */
  readonly gpuCount: number;
};

/** A start that is asked about. */
export type LaunchRequest = {
  readonly settings: LaunchSettings;
  readonly force: boolean;
  /** Null where nothing is stopped for it. */
  readonly held: Held | null;
  /** Cards to plan for in place of the host's: then only what depends on no host is checked. */
  readonly node: PlannedNode | null;
  /** How long memory that nobody is seen to hold is waited for: it is on its way back from an engine that has ended. */
  readonly memoryPatienceMs: number;
};

/** Whether a start would work, and everything that says so. Nothing of it has happened. */
export type Judgement = {
  readonly settings: LaunchSettings;
  readonly plan: Reading<MemoryPlan>;
  readonly checks: readonly Check[];
  /** What forbids the start, the first thing first. */
  readonly blockers: readonly Finding[];
  /** Also where the engine is not installed: then as if it were on PATH. Null for an engine that nobody knows. */
  readonly launch: PreparedLaunch | null;
  /** Null for an engine that nobody knows. */
  readonly installation: Installation | null;
  /** What this host has of the model; null for nothing. */
  readonly onDisk: ModelOnDisk | null;
};

/** True where nothing forbids the start. */
export function passes({blockers}: Pick<Judgement, 'blockers'>): boolean {
  return blockers.length === 0;
}

/** The refusal of a start for these reasons: code and facts of the first, all of them in text. Null if there are none. */
export function refusalFor(blockers: readonly Finding[]): ApiError | null {
  const [first] = blockers;
  if (first === undefined) return null;
  const unique = (texts: readonly string[]): string => [...new Set(texts.filter((text) => text !== ''))].join(' ');
  return {
    ...refusalOf(first),
    message: unique(blockers.map(({message}) => message)),
    remedy: unique(blockers.map(({remedy}) => remedy)),
  };
}
