import type {ApiError} from '../../api/commands.ts';
import type {ConfiguredValue} from '../../domain/configuration/configured-value.ts';
import type {SettingsWithOrigins} from '../../domain/configuration/launch-base.ts';
import type {PriceBook} from '../../domain/cost/price-book.ts';
import type {NodeBilling} from '../../domain/cost/price-document.ts';
import type {ApiPrice, PublishedPrices} from '../../domain/cost/published-prices.ts';
import type {FindingThresholds} from '../../domain/diagnosis/conditions/finding-thresholds.ts';
import type {RestartPolicy} from '../../domain/lifecycle/restart-policy.ts';
import type {LatencyTargets} from '../../domain/traffic/latencies.ts';
import type {ListenAddress} from '../../shared/loopback-address.ts';
import type {Result} from '../../shared/result.ts';
import type {ContainerChoice} from '../../sources/engine-installation/found-engine.ts';
import type {Hook} from '../hooks/hook.ts';
import type {LogLimits} from '../process/rotate-log.ts';

/** The configured installation, which applies only to the configured engine. */
export type EngineChoice = {
  readonly engine: string;
  readonly executable: string | null;
  readonly container: ContainerChoice | null;
};

/** One valid version of the configuration, as a supervisor uses it. */
export type ActiveConfiguration = {
  readonly launch: SettingsWithOrigins;
  /** Null on a simulated node, which has its own programs. */
  readonly engineChoice: EngineChoice | null;
  readonly nvidiaSmiPath: string;
  readonly restartPolicy: RestartPolicy;
  readonly findingThresholds: FindingThresholds;
  readonly latencyTargets: LatencyTargets;
  readonly hooks: readonly Hook[];
  readonly logLimits: LogLimits;
  /** Of the API that gives the verdict. */
  readonly prices: PriceBook;
  /** All prices that are known, the operator's before those of the package. */
  readonly publishedPrices: PublishedPrices;
  /** The same first, and those that are compared besides. */
  readonly comparedApis: readonly ApiPrice[];
  readonly billing: NodeBilling;
  /** What is wrong with the operator's prices; those from before stay in force. */
  readonly pricesTrouble: ConfigurationTrouble | null;
  /** A beginning of the bill that is still to come. */
  readonly billedLater: {readonly billedSince: string; readonly place: string | null} | null;
  /** Where Gantry's own metrics are served besides the socket; null for nowhere. */
  readonly metricsAddress: ListenAddress | null;
  /** The supervisor exits after this time without an engine and a client. */
  readonly idleExitMs: number;
  /** Every key with its origin. */
  readonly values: readonly ConfiguredValue[];
};

/** Why the file cannot be used, and where. */
export type ConfigurationTrouble = ApiError & {
  readonly place?: {readonly file: string; readonly line: number; readonly column: number};
};

/** Watches the configuration of a supervisor. */
export type ConfigurationSource = {
  readonly file: string;
  readonly initial: ActiveConfiguration;
  /** Reports every later version; `check` looks for one now. */
  readonly follow: (onChange: (next: Result<ActiveConfiguration, ConfigurationTrouble>) => void) => {
    readonly check: () => Promise<void>;
    /** Stamp of the file whose text was reported last; null where the file is another one by now. */
    readonly stamp?: () => string | null;
    readonly stop: () => void;
  };
};
