import type {ApiError} from '../../api/commands.ts';
import type {Preview} from '../../api/preview.ts';
import type {PlanOutcome} from '../../domain/memory/plan/plan-outcome.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {readOutcomes} from '../../history/past/read-outcomes.ts';
import type {Result} from '../../shared/result.ts';
import {lookUpModel} from '../../sources/model-files/look-up-model.ts';
import {modelEnvironment} from '../../supervisor/launch/model-environment.ts';
import {homeDirectory} from '../../supervisor/operating-user.ts';
import type {ExitCode} from '../exit-codes.ts';
import {printError, printJson, printRows} from '../output.ts';
import {historyPath} from '../past/history-path.ts';
import {answerPlan} from '../planning/plan-answer.ts';
import type {PlanOptions} from '../planning/plan-settings-of.ts';
import {readVersions} from '../planning/read-versions.ts';
import {settingsInForce} from '../planning/settings-in-force.ts';
import {textStyleOf} from '../print-rows.ts';
import {printCommandFindings} from '../supervision/command-findings.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

const READ_TIMEOUT_MS = 20_000;
const MOST_OUTCOMES = 200;

/**
 * `gantry plan`: checks whether a launch with the settings in force, changed by the flags, fits before starting it. Exit
 * code 1 when it does not.
 */
export async function runPlan(global: GlobalOptions, options: PlanOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, environment, appearance} = wiring.value;
  const inForce = await settingsInForce(wiring.value);
  if (!inForce.ok) return printError(output, inForce.error);
  printCommandFindings(output, inForce.value.findings);
  const answer = await answerPlan(
    {
      inForce: inForce.value,
      lookUpModel: (model) =>
        lookUpModel(model, modelEnvironment({homeDirectory: homeDirectory(), variables: environment})),
      readVersions: (...asked) => readVersions(wiring.value, ...asked),
      readOutcomes: (isSimulated) => readTaught(wiring.value, isSimulated),
      readHost: () => readHost(wiring.value),
      previewStart: (settings) => previewStart(wiring.value, settings),
    },
    options,
  );
  if (!answer.ok) {
    printError(output, answer.error.error);
    return answer.error.exitCode;
  }
  const {document, rows, exitCode} = answer.value;
  if (output.isJson) {
    printJson(output, document);
  } else {
    const style = textStyleOf(process.stdout, environment, appearance);
    printRows(output, rows(style), style);
  }
  return exitCode;
}

function readTaught({directories}: Wiring, isSimulated: boolean): Result<readonly PlanOutcome[], ApiError> {
  // Measurements of simulated starts do not apply to real GPUs.
  return readOutcomes(historyPath(directories.dataDir, isSimulated), MOST_OUTCOMES);
}

/** Only a plan for this host needs the GPU reader: without it the command starts faster. */
async function readHost(wiring: Wiring) {
  const [{chooseNvidiaSmi}, {hostNode}, {readGpusOnce}] = await Promise.all([
    import('../choose-nvidia-smi.ts'),
    import('../planning/plan-node.ts'),
    import('../../sources/nvidia-smi/read-gpus-once.ts'),
  ]);
  const {executable, simulated} = await chooseNvidiaSmi(wiring);
  const clock = {nowMs: () => Date.now(), monotonicMs: () => performance.now()};
  return hostNode(await readGpusOnce({executable, timeoutMs: READ_TIMEOUT_MS, clock}), simulated);
}

async function previewStart(wiring: Wiring, settings: LaunchSettings): Promise<Result<Preview, ApiError>> {
  const {askStartPreview, supervisorOfStart} = await import('../planning/ask-preview.ts');
  const supervisor = await supervisorOfStart(wiring);
  return supervisor.ok ? askStartPreview(wiring, supervisor.value, {settings, force: false}) : supervisor;
}
