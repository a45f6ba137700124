import {utcText} from '../../shared/quantities/moments.ts';
import {rightSizeRows} from '../../views/text/right-size-text.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printProgress, printRows} from '../output.ts';
import {findSize} from '../past/find-size.ts';
import {textStyleOf} from '../print-rows.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

const SCHEMA_VERSION = 1;

/**
 * `gantry right-size`: how large context and node have to be for what was asked of this node. Works without a supervisor, from
 * the history file, as of when that ends.
 */
export async function runRightSize(global: GlobalOptions, {since}: {readonly since: number}): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, environment, appearance} = wiring.value;
  const found = await findSize(wiring.value, since, Date.now());
  if (!found.ok) return printError(output, found.error);
  const {size, simulated, watchedUntilMs} = found.value;
  if (output.isJson) {
    printJson(output, {schemaVersion: SCHEMA_VERSION, simulated, watchedUntilMs, ...size});
    return exitCodes.done;
  }
  if (simulated) printProgress(output, 'SIMULATED: traffic of the simulated node.');
  if (watchedUntilMs !== null) {
    printProgress(
      output,
      `No supervisor runs: this is from the history file, until ${utcText(watchedUntilMs)}, with the settings of the last start.`,
    );
  }
  const style = textStyleOf(process.stdout, environment, appearance);
  printRows(output, rightSizeRows(size, style), style);
  return exitCodes.done;
}
