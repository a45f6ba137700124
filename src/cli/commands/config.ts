import {configurationTextRows} from '../../views/text/configuration-text.ts';
import {keyProblems} from '../console/configured-keys.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printProgress, printRows} from '../output.ts';
import {textStyleOf} from '../print-rows.ts';
import {printCommandFindings} from '../supervision/command-findings.ts';
import {findConfiguration} from '../supervision/find-configuration.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

/** Maximum width for a readable table. */
const MOST_COLUMNS = 120;

/** What the table shows next to the key. */
const shownInRows: ReadonlySet<string> = new Set(['configuration.differs', 'configuration.overridden']);

/**
 * `gantry config`: every key with the value in force, where it came from, and what the next start of the engine would
 * change. Without a supervisor: what a new one would use. Exit code 78 if only an invalid configuration is there.
 */
export async function runConfig(global: GlobalOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, environment, appearance} = wiring.value;
  const found = await findConfiguration(wiring.value);
  if (!found.ok) return printError(output, found.error);
  if (output.isJson) {
    printJson(output, {schemaVersion: 1, ...found.value});
    return exitCodes.done;
  }
  const style = textStyleOf(process.stdout, environment, appearance);
  const columns = Math.max(style.columns, Math.min(process.stdout.columns ?? 0, MOST_COLUMNS));
  printRows(output, configurationTextRows(found.value, {...style, columns}), style);
  printCommandFindings(
    output,
    found.value.findings.filter(({code}) => !shownInRows.has(code)),
  );
  for (const problem of await keyProblems(wiring.value.loaded)) printProgress(output, `warning: ${problem}`);
  return exitCodes.done;
}
