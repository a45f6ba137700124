import {mkdir} from 'node:fs/promises';
import type {ApiError} from '../../api/commands.ts';
import {toEngineChoice, toHooks, toLaunchSettings, toRestartPolicy} from '../../config/configuration.ts';
import {toFindingThresholds} from '../../config/findings-schema.ts';
import {findPriceBook} from '../../domain/cost/price-book.ts';
import {absent} from '../../samples/reading.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';
import {simulatedNodePaths} from '../../simulator/install.ts';
import {runSupervisor} from '../../supervisor/run-supervisor.ts';
import type {World} from '../../supervisor/world.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {simulatedDataDir} from '../history-path.ts';
import {type Output, printError} from '../output.ts';
import {findUnendedRun} from '../supervision/find-unended-run.ts';
import {reportStartFailure} from '../supervision/start-failure.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

/** Simulated cost of the node: 8 GPUs at a specialty cloud's on-demand price of an H200, $3.60 per hour. */
const SIMULATED_NODE_USD_PER_HOUR = 28.8;
const MS_PER_MINUTE = 60_000;

/** `gantry supervise`: the supervisor in the foreground, until it is idle or asked to exit. Engines outlive it. */
export async function runSupervise(
  global: GlobalOptions,
  options: {readonly simulatedNode?: string},
): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return fail(outputOf(global), wiring.error);
  const {configuration, directories, environment, version, output} = wiring.value;
  // A run without a recorded end decides which node this is: its supervisor may have been killed.
  const unended = await findUnendedRun(directories);
  if (!unended.ok) return fail(output, unended.error);
  const simulatedNode = unended.value === null ? (options.simulatedNode ?? null) : unended.value.simulatedNode;
  if (simulatedNode !== null) await mkdir(simulatedDataDir(directories.dataDir), {recursive: true, mode: 0o700});
  const outcome = await runSupervisor({
    directories:
      simulatedNode === null ? directories : {...directories, dataDir: simulatedDataDir(directories.dataDir)},
    environment,
    version,
    world: worldOf(wiring.value, simulatedNode),
    configuredSettings: toLaunchSettings(configuration),
    restartPolicy: toRestartPolicy(configuration),
    findingThresholds: toFindingThresholds(configuration.findings),
    hooks: toHooks(configuration),
    logLimits: {
      maxBytes: configuration.engineLog.maxMegabytes * BYTES_PER_MIB,
      keepFiles: configuration.engineLog.keepFiles,
    },
    prices: findPriceBook(configuration.cost.priceBook),
    idleExitMs: configuration.supervisor.idleExitMinutes * MS_PER_MINUTE,
  });
  return outcome.ok ? exitCodes.done : fail(output, outcome.error);
}

async function fail(output: Output, error: ApiError): Promise<ExitCode> {
  await reportStartFailure(error);
  return printError(output, error);
}

function worldOf({configuration}: Wiring, simulatedNode: string | null): World {
  const configured = configuration.cost.nodeUsdPerHour;
  if (simulatedNode !== null) {
    const {nvidiaSmiPath, engineDirectory} = simulatedNodePaths(simulatedNode);
    return {
      simulated: true,
      simulatedNode,
      nvidiaSmiPath,
      engineDirectory,
      engineChoice: null,
      nodeUsdPerHour: configured ?? SIMULATED_NODE_USD_PER_HOUR,
    };
  }
  return {
    simulated: false,
    simulatedNode: null,
    nvidiaSmiPath: configuration.nvidiaSmi.path,
    engineDirectory: null,
    engineChoice: toEngineChoice(configuration),
    nodeUsdPerHour: configured ?? absent('cost.nodeUsdPerHour is not set in the configuration'),
  };
}
