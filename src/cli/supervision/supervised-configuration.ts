import {toEngineChoice, toHooks, toRestartPolicy} from '../../config/configuration.ts';
import {type FollowedConfiguration, followConfiguration} from '../../config/follow-configuration.ts';
import type {LoadedConfiguration} from '../../config/load-configuration.ts';
import type {Environment} from '../../config/read-environment.ts';
import {toFindingThresholds} from '../../config/schema/findings-schema.ts';
import {toMetricsAddress} from '../../config/schema/metrics-schema.ts';
import {toNodeBilling} from '../../config/schema/node-cost-schema.ts';
import {toLatencyTargets} from '../../config/schema/targets-schema.ts';
import type {FileWatch} from '../../config/watch-file.ts';
import type {ConfiguredValue, ShownValue} from '../../domain/configuration/configured-value.ts';
import type {NodeBilling} from '../../domain/cost/price-document.ts';
import {priceBookOf} from '../../domain/cost/published-prices.ts';
import {ok} from '../../shared/result.ts';
import {BYTES_PER_MIB, MS_PER_HOUR, MS_PER_MINUTE} from '../../shared/units.ts';
import {simulatedNodePaths} from '../../simulator/install.ts';
import {atBeatIfAlive} from '../../sources/host/beat.ts';
import type {ActiveConfiguration, ConfigurationSource} from '../../supervisor/configuration/active-configuration.ts';
import {configuredLaunch} from './configured-launch.ts';

/** Simulated cost of the node: 8 GPUs at a specialty cloud's on-demand price of an H200, $3.60 per hour. */
export const SIMULATED_NODE_USD_PER_HOUR = 28.8;

type OnConfiguration = Parameters<ConfigurationSource['follow']>[0];

/** The configuration of a supervisor: as it was loaded, and each later version of its file. */
export function supervisedConfiguration(
  loaded: LoadedConfiguration,
  {
    filePath,
    env,
    simulatedNode,
    stays = false,
  }: {
    readonly filePath: string;
    readonly env: Environment;
    readonly simulatedNode: string | null;
    /** It never exits because it is idle. */
    readonly stays?: boolean;
  },
): ConfigurationSource {
  const activated = (read: LoadedConfiguration): ActiveConfiguration => {
    const active = activeConfiguration(read, simulatedNode);
    return stays ? {...active, idleExitMs: Number.POSITIVE_INFINITY} : active;
  };
  return {
    file: filePath,
    initial: activated(loaded),
    follow: (onChange) => followWithPrices(loaded, activated, {filePath, env, onChange}),
  };
}

/** Reports each later version, and the same again whenever a dated price or the bill begins. */
function followWithPrices(
  loaded: LoadedConfiguration,
  activated: (read: LoadedConfiguration) => ActiveConfiguration,
  {filePath, env, onChange}: Pick<FollowedConfiguration, 'filePath' | 'env'> & {readonly onChange: OnConfiguration},
): FileWatch {
  let latest = loaded;
  let cancel = (): void => undefined;
  const awaitPrice = (): void => {
    cancel();
    const nowMs = Date.now();
    const {dated, billedSinceMs} = toNodeBilling(latest.configuration.cost);
    const begins = [...dated.map(({fromMs}) => fromMs), billedSinceMs ?? 0].filter((atMs) => atMs > nowMs);
    const nextMs = Math.min(...begins);
    if (begins.length === 0) return;
    // No longer than that: the clock may be set meanwhile.
    cancel = atBeatIfAlive(Math.min(nextMs - nowMs, MS_PER_HOUR), () => {
      if (Date.now() >= nextMs) onChange(ok(activated(latest)));
      awaitPrice();
    });
  };
  const watch = followConfiguration({
    filePath,
    env,
    ownPrices: loaded.ownPrices,
    later: atBeatIfAlive,
    onChange(next) {
      if (next.ok) latest = next.value;
      onChange(next.ok ? ok(activated(next.value)) : next);
      awaitPrice();
    },
  });
  awaitPrice();
  return {
    ...watch,
    stop() {
      cancel();
      watch.stop();
    },
  };
}

function activeConfiguration(loaded: LoadedConfiguration, simulatedNode: string | null): ActiveConfiguration {
  const {configuration} = loaded;
  const {engineLog, supervisor} = configuration;
  const {compared: comparedApis, published: publishedPrices} = loaded.prices();
  const billing = toNodeBilling(configuration.cost, simulatedNode === null ? null : SIMULATED_NODE_USD_PER_HOUR);
  const nvidiaSmiPath =
    simulatedNode === null ? configuration.nvidiaSmi.path : simulatedNodePaths(simulatedNode).nvidiaSmiPath;
  return {
    launch: configuredLaunch(loaded),
    engineChoice: simulatedNode === null ? toEngineChoice(configuration) : null,
    nvidiaSmiPath,
    restartPolicy: toRestartPolicy(configuration),
    findingThresholds: toFindingThresholds(configuration.findings),
    latencyTargets: toLatencyTargets(configuration),
    hooks: toHooks(configuration),
    // A file is read and cut at whole bytes.
    logLimits: {maxBytes: Math.ceil(engineLog.maxMegabytes * BYTES_PER_MIB), keepFiles: engineLog.keepFiles},
    prices: priceBookOf(comparedApis[0]),
    publishedPrices,
    comparedApis,
    billing,
    pricesTrouble: loaded.ownPrices.trouble,
    billedLater: billedLater(loaded, billing),
    metricsAddress: toMetricsAddress(configuration),
    idleExitMs: supervisor.idleExitMinutes * MS_PER_MINUTE,
    values: simulatedNode === null ? loaded.values : simulatedValues(loaded.values, nvidiaSmiPath),
  };
}

function billedLater(
  {configuration, placeOf}: LoadedConfiguration,
  billing: NodeBilling,
): ActiveConfiguration['billedLater'] {
  const {billedSince} = configuration.cost;
  if (billedSince === null || (billing.billedSinceMs ?? 0) <= Date.now()) return null;
  return {billedSince, place: placeOf(['cost', 'billedSince'])};
}

/** The simulated node has programs of its own, whatever the configuration says, and a price where none is set. */
function simulatedValues(values: readonly ConfiguredValue[], nvidiaSmiPath: string): readonly ConfiguredValue[] {
  const own: Readonly<Record<string, ShownValue>> = {
    'nvidiaSmi.path': nvidiaSmiPath,
    'engine.executable': 'simulated',
    'engine.container': null,
  };
  return values.map((configured) => {
    const {key, value, exact, origin} = configured;
    if (key === 'cost.nodeUsdPerHour' && value === null) return ofNode(configured, SIMULATED_NODE_USD_PER_HOUR);
    const ownValue = own[key];
    if (ownValue === undefined) return configured;
    const overridden = origin.from === 'file' ? {value, exact, place: origin.place} : configured.overridden;
    return {...ofNode(configured, ownValue), overridden};
  });
}

function ofNode(configured: ConfiguredValue, value: ShownValue): ConfiguredValue {
  return {...configured, value, exact: JSON.stringify(value), origin: {from: 'simulated-node'}};
}
