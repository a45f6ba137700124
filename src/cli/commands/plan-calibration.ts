import {outcomeErrors} from '../../domain/memory/plan/plan-outcome.ts';
import {readOutcomes} from '../../history/past/read-outcomes.ts';
import {calibrationText} from '../../views/plan/calibration-text.ts';
import {chooseNvidiaSmi} from '../choose-nvidia-smi.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printText} from '../output.ts';
import {historyPath} from '../past/history-path.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

const MOST_OUTCOMES = 1000;

/** `gantry plan --calibration`: measurements of this node's starts, and the error of each earlier plan. */
export async function runPlanCalibration(global: GlobalOptions): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, directories} = wiring.value;
  const {simulated} = await chooseNvidiaSmi(wiring.value);
  const outcomes = readOutcomes(historyPath(directories.dataDir, simulated), MOST_OUTCOMES);
  if (!outcomes.ok) return printError(output, outcomes.error);
  if (output.isJson) {
    const starts = outcomes.value.map((outcome) => ({...outcome, errors: outcomeErrors(outcome)}));
    printJson(output, {schemaVersion: 1, simulated, starts});
  } else {
    printText(output, `${simulated ? 'SIMULATED\n' : ''}${calibrationText(outcomes.value)}`);
  }
  return exitCodes.done;
}
