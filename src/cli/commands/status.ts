import type {ApiError} from '../../api/commands.ts';
import {readLastEnd} from '../../supervisor/state-dir/recovery/last-end.ts';
import {type ExitCode, exitCodeOf, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printJsonLine, printText} from '../output.ts';
import {printSnapshot, snapshotText} from '../quick/print-answers.ts';
import {commandFindings, printCommandFindings} from '../supervision/command-findings.ts';
import {ensureKnownSupervisor} from '../supervision/ensure-supervisor.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

/** Without a supervisor, `--json` has how the last run ended as data. */
function printUnavailable({output, directories}: Wiring, error: ApiError): ExitCode {
  if (!output.isJson) return printError(output, error);
  printJson(output, {error, lastEnd: readLastEnd(directories)});
  return exitCodeOf(error.code);
}

/** `gantry status`: one snapshot, or one per second. */
export async function runStatus(global: GlobalOptions, options: {readonly watch?: boolean}): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {client, output} = wiring.value;
  const snapshot = await ensureKnownSupervisor(wiring.value);
  if (!snapshot.ok) return printUnavailable(wiring.value, snapshot.error);
  const findings = commandFindings(wiring.value, snapshot.value);
  // The supervisor may report the same about the file.
  const knownCodes = new Set(snapshot.value.findings.map(({code}) => code));
  printCommandFindings(
    output,
    findings.filter(({code}) => !knownCodes.has(code)),
  );
  if (options.watch !== true) {
    await printSnapshot(output, snapshot.value, findings);
    return exitCodes.done;
  }
  for await (const next of client.snapshots(new AbortController().signal)) {
    // One document per line, for `jq` and pipes.
    if (output.isJson) printJsonLine(output, next);
    else printText(output, `${await snapshotText(next)}\n`);
  }
  return exitCodes.unavailable;
}
