import type {ApiError} from '../../api/commands.ts';
import type {Preview} from '../../api/preview.ts';
import {toEngineChoice, toLaunchSettings} from '../../config/configuration.ts';
import {initialLifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {transition} from '../../domain/lifecycle/transition.ts';
import type {PlanOutcome} from '../../domain/memory/plan/plan-outcome.ts';
import {readOutcomes} from '../../history/read-outcomes.ts';
import {ok, type Result} from '../../shared/result.ts';
import {simulatedNodePaths} from '../../simulator/install.ts';
import {createHostWorld} from '../../supervisor/launch/world/host-world.ts';
import type {JudgementWorld} from '../../supervisor/launch/world/judgement-world.ts';
import {systemClock} from '../../supervisor/loop/clock.ts';
import type {StartCommand} from '../../supervisor/loop/engine-commands.ts';
import {type CommandContext, previewCommand} from '../../supervisor/loop/judge-command.ts';
import {isSameProcess} from '../../supervisor/process/process-identity.ts';
import {listSession} from '../../supervisor/process/session.ts';
import {findAdoptableRun, readJournal} from '../../supervisor/state-dir/journal.ts';
import {historyPath} from '../history-path.ts';
import type {Wiring} from '../wiring.ts';

const MOST_OUTCOMES = 200;

/**
 * What a command would do on this host, judged without a supervisor.
 *
 * @param world - the host, by default this one
 */
export async function previewHere(
  wiring: Pick<Wiring, 'configuration' | 'environment' | 'directories'>,
  command: StartCommand,
  world: JudgementWorld | null = null,
): Promise<Result<Preview, ApiError>> {
  const found = await contextHere(wiring);
  if (!found.ok) return found;
  const {context} = found.value;
  // GPUs that the environment names are not simulated.
  const simulatedNode = wiring.environment['GANTRY_NVIDIA_SMI'] === undefined ? found.value.simulatedNode : null;
  const outcomes = readOutcomes(historyPath(wiring.directories.dataDir, simulatedNode !== null), MOST_OUTCOMES);
  const here = world ?? thisHost(wiring, simulatedNode, outcomes.ok ? outcomes.value : []);
  const preview = await previewCommand(command, context, here);
  if (!preview.ok || outcomes.ok) return preview;
  const remarks = [...preview.value.remarks, `The plan is not calibrated: ${outcomes.error.message}`];
  return ok({...preview.value, remarks});
}

function thisHost(
  {configuration, environment, directories}: Pick<Wiring, 'configuration' | 'environment' | 'directories'>,
  simulatedNode: string | null,
  outcomes: readonly PlanOutcome[],
): JudgementWorld {
  const simulated = simulatedNode !== null;
  return createHostWorld({
    world: {
      simulated,
      ...(simulated
        ? {...simulatedNodePaths(simulatedNode), engineChoice: null}
        : {
            nvidiaSmiPath: configuration.nvidiaSmi.path,
            engineDirectory: null,
            engineChoice: toEngineChoice(configuration),
          }),
    },
    directories,
    environment,
    clock: systemClock,
    outcomes: () => outcomes,
  });
}

type ContextHere = {
  readonly context: CommandContext;
  /** Where the engine that runs is simulated: its node. */
  readonly simulatedNode: string | null;
};

/** The state that a new supervisor would find: a running engine of an earlier supervisor, or none. */
async function contextHere({
  configuration,
  directories,
}: Pick<Wiring, 'configuration' | 'directories'>): Promise<Result<ContextHere, ApiError>> {
  const journal = await readJournal(directories);
  if (!journal.ok) return journal;
  const configured = toLaunchSettings(configuration);
  const nowMs = Date.now();
  const state = initialLifecycleState();
  const found = findAdoptableRun(journal.value.entries);
  if (found === null || !isSameProcess(found.run)) {
    return ok({context: {state, configured, ownPids: new Set(), nowMs}, simulatedNode: null});
  }
  const {run, settings, readyAtMs, simulated} = found;
  const adopted = transition(state, {type: 'engine-adopted', run, settings, readyAtMs, atMs: nowMs});
  const ownPids = new Set((await listSession(run)).map(({pid}) => pid));
  const context = {state: adopted.state, configured, ownPids, nowMs};
  return ok({context, simulatedNode: simulated?.directory ?? null});
}
