import {mkdir} from 'node:fs/promises';
import type {ApiError} from '../../api/commands.ts';
import {simulatedEngines} from '../../simulator/install.ts';
import {runSupervisor} from '../../supervisor/run-supervisor.ts';
import type {World} from '../../supervisor/world.ts';
import {followOwner} from '../demo/follow-owner.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {type Output, printError} from '../output.ts';
import {simulatedDataDir} from '../past/history-path.ts';
import {dropStartVariables} from '../service/process-memory.ts';
import {findUnfinished} from '../supervision/find-unended-run.ts';
import {reportStartFailure} from '../supervision/process/start-failure.ts';
import {supervisedConfiguration} from '../supervision/supervised-configuration.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

/** `gantry supervise`: the supervisor in the foreground, until it is idle or asked to exit. Engines outlive it. */
export async function runSupervise(
  global: GlobalOptions,
  options: {readonly simulatedNode?: string; readonly stay?: boolean},
): Promise<ExitCode> {
  dropStartVariables(process.env);
  const wiring = await wire(global);
  if (!wiring.ok) return fail(outputOf(global), wiring.error);
  const {directories, environment, version, output} = wiring.value;
  // What an earlier supervisor left to do decides which node this is: it may have been killed.
  const unfinished = await findUnfinished(directories);
  const left = unfinished.ok ? unfinished.value : null;
  const simulatedNode = left === null ? (options.simulatedNode ?? null) : left.simulatedNode;
  if (simulatedNode !== null) await mkdir(simulatedDataDir(directories.dataDir), {recursive: true, mode: 0o700});
  const endFollowing = simulatedNode === null ? null : followOwner(simulatedNode, wiring.value.client);
  const outcome = await runSupervisor({
    directories:
      simulatedNode === null ? directories : {...directories, dataDir: simulatedDataDir(directories.dataDir)},
    environment,
    version,
    world: worldOf(simulatedNode),
    configuration: supervisedConfiguration(wiring.value.loaded, {
      filePath: wiring.value.configurationFile,
      env: environment,
      simulatedNode,
      stays: options.stay === true,
    }),
  });
  await endFollowing?.();
  return outcome.ok ? exitCodes.done : fail(output, outcome.error);
}

async function fail(output: Output, error: ApiError): Promise<ExitCode> {
  await reportStartFailure(error);
  return printError(output, error);
}

function worldOf(simulatedNode: string | null): World {
  if (simulatedNode === null) return {simulated: false, simulatedNode: null, standIns: null};
  return {simulated: true, simulatedNode, standIns: simulatedEngines(simulatedNode)};
}
