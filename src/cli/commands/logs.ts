import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {type Output, printError, printJsonLine, printText} from '../output.ts';
import {printLog} from '../quick/print-answers.ts';
import {ensureKnownSupervisor} from '../supervision/ensure-supervisor.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

/** `gantry logs [-f]`: the engine's log, control sequences removed. */
export async function runLogs(
  global: GlobalOptions,
  options: {readonly follow?: boolean; readonly lines: number},
): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {client, output} = wiring.value;
  const snapshot = await ensureKnownSupervisor(wiring.value);
  if (!snapshot.ok) return printError(output, snapshot.error);
  if (options.follow !== true) {
    const log = await client.getLog(options.lines);
    if (!log.ok) return printError(output, log.error);
    printLog(output, log.value);
    return exitCodes.done;
  }
  for await (const batch of client.logLines(new AbortController().signal, options.lines)) {
    for (const line of batch.lines) printLine(output, line);
  }
  return exitCodes.unavailable;
}

function printLine(output: Output, line: {readonly number: number; readonly text: string}): void {
  if (output.isJson) printJsonLine(output, line);
  else printText(output, line.text);
}
