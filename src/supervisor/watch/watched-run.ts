import type {FindingThresholds} from '../../domain/diagnosis/conditions/finding-thresholds.ts';
import type {LifecycleState, RunEvent} from '../../domain/lifecycle/lifecycle.ts';
import type {Unanswered} from '../../domain/lifecycle/lifecycle-findings.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Engine} from '../../engines/engine.ts';
import type {Clock, WithoutTime} from '../loop/clock.ts';
import type {LogLimits} from '../process/rotate-log.ts';
import type {Observe} from '../snapshot/observation.ts';
import type {Observations} from '../snapshot/observations.ts';

/** Where what is seen of a run goes: events to the lifecycle, everything else to the observations. */
export type RunSinks = {readonly post: (event: WithoutTime<RunEvent>) => void; readonly observe: Observe};

/** The base URL at which a run's engine is asked: loopback when it listens on all addresses. */
export function baseUrlOf({host, port}: Pick<LaunchSettings, 'host' | 'port'>): string {
  return shownUrlOf({host: host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host, port});
}

/** Its URL as shown: the address on which it listens, whatever reaches it there. */
export function shownUrlOf({host, port}: Pick<LaunchSettings, 'host' | 'port'>): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Data of a watched run. */
export type WatchedRun = {
  readonly settings: LaunchSettings;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly state: () => Pick<LifecycleState, 'state'>;
  /** What was observed until now. */
  readonly observations: () => Pick<Observations, 'metrics' | 'stall' | 'knownCards'>;
  /** As configured now. */
  readonly configured: () => {
    readonly logLimits: LogLimits;
    /** Their addresses and arguments have keys. */
    readonly hooks: readonly unknown[];
    readonly findingThresholds: Pick<FindingThresholds, 'unreadMetrics'>;
  };
  /** With which the engine was started; null for none. */
  readonly apiKey: string | null;
  /** The supervisor's environment: variables for host programs. */
  readonly environment: NodeJS.ProcessEnv;
  /** The engine served already when this supervisor found it: its log so far is the past. */
  readonly isResumed: boolean;
  /** Whether another program has answered the last probe: then its numbers are not the engine's. */
  readonly isPortOfAnother?: () => boolean;
  /** How long its server had responded to nothing when this supervisor found it. */
  readonly unanswered: Unanswered;
  /** When an earlier supervisor saw it serve last, epoch ms; null if that is not stored. */
  readonly seenAtMs: number | null;
};
