import type {ApiError} from '../../api/commands.ts';
import type {Preview} from '../../api/preview.ts';
import {toEngineChoice} from '../../config/configuration.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {PlanOutcome} from '../../domain/memory/plan/plan-outcome.ts';
import {readOutcomes} from '../../history/past/read-outcomes.ts';
import {ok, type Result} from '../../shared/result.ts';
import {simulatedEngines, simulatedNodePaths} from '../../simulator/install.ts';
import {createHostWorld} from '../../supervisor/launch/world/host-world.ts';
import type {CardReading, JudgementWorld} from '../../supervisor/launch/world/judgement-world.ts';
import {systemClock} from '../../supervisor/loop/clock.ts';
import type {StartCommand} from '../../supervisor/loop/engine-commands.ts';
import {type CommandContext, previewCommand} from '../../supervisor/loop/judge-command.ts';
import {listSession} from '../../supervisor/process/session.ts';
import {historyPath} from '../past/history-path.ts';
import {configuredLaunch} from '../supervision/configured-launch.ts';
import {recordedState} from '../supervision/recorded-state.ts';
import type {Wiring} from '../wiring.ts';

const MOST_OUTCOMES = 200;

/**
 * What a command would do on this host, judged without a supervisor.
 *
 * @param world - the host, by default this one
 */
export async function previewHere(
  wiring: Pick<Wiring, 'loaded' | 'environment' | 'directories'>,
  command: StartCommand,
  world: JudgementWorld | null = null,
): Promise<Result<Preview, ApiError>> {
  const found = await contextHere(wiring);
  if (!found.ok) return found;
  const {context, listOwn} = found.value;
  // GPUs that the environment names are not simulated.
  const simulatedNode = wiring.environment['GANTRY_NVIDIA_SMI'] === undefined ? found.value.simulatedNode : null;
  const outcomes = readOutcomes(historyPath(wiring.directories.dataDir, simulatedNode !== null), MOST_OUTCOMES);
  const here = world ?? thisHost(wiring, simulatedNode, outcomes.ok ? outcomes.value : [], context.state);
  let {ownPids} = context;
  const readCards = async (): Promise<CardReading> => {
    const reading = await here.readCards();
    // Workers that began before the driver listed its processes.
    ownPids = new Set([...ownPids, ...(await listOwn())]);
    return reading;
  };
  const preview = await previewCommand(command, () => ({...context, ownPids}), {...here, readCards});
  if (!preview.ok || outcomes.ok) return preview;
  const remarks = [...preview.value.remarks, `The plan is not calibrated: ${outcomes.error.message}`];
  return ok({...preview.value, remarks});
}

function thisHost(
  {loaded: {configuration}, environment, directories}: Pick<Wiring, 'loaded' | 'environment' | 'directories'>,
  simulatedNode: string | null,
  outcomes: readonly PlanOutcome[],
  {run, settings, version}: LifecycleState,
): JudgementWorld {
  const simulated = simulatedNode !== null;
  return createHostWorld({
    world: {
      simulated,
      standIns: simulated ? simulatedEngines(simulatedNode) : null,
    },
    configured: () => ({
      nvidiaSmiPath: simulated ? simulatedNodePaths(simulatedNode).nvidiaSmiPath : configuration.nvidiaSmi.path,
      engineChoice: simulated ? null : toEngineChoice(configuration),
    }),
    directories,
    environment,
    clock: systemClock,
    outcomes: () => outcomes,
    runningVersion: (engine) => (run !== null && settings?.engine === engine ? version : null),
  });
}

type ContextHere = {
  readonly context: CommandContext;
  /** Lists the processes of the running engine again. */
  readonly listOwn: () => Promise<readonly number[]>;
  /** Where the engine that runs is simulated: its node. */
  readonly simulatedNode: string | null;
};

/** What a new supervisor would judge the command by. */
async function contextHere(wiring: Pick<Wiring, 'loaded' | 'directories'>): Promise<Result<ContextHere, ApiError>> {
  const nowMs = Date.now();
  const {state, launches, run, simulatedNode} = await recordedState(wiring, nowMs);
  const listOwn = async () => (run === null ? [] : (await listSession(run)).map(({pid}) => pid));
  const next = launches.next(state, configuredLaunch(wiring.loaded)).settings;
  return ok({context: {state, next, ownPids: new Set(await listOwn()), nowMs}, listOwn, simulatedNode});
}
