import type {BenchDocument} from '../../api/bench/bench-document.ts';
import type {ApiError} from '../../api/commands.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {benchListRows} from '../../views/bench/bench-comparison.ts';
import {benchText} from '../../views/bench/bench-text.ts';
import {findBenches} from '../bench/kept-benches.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printProgress, printRows} from '../output.ts';
import {textStyleOf} from '../print-rows.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

/** `gantry bench list`: kept benchmarks, the newest first. Works without a supervisor. */
export async function runBenchList(global: GlobalOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, appearance} = wiring.value;
  const found = await findBenches(wiring.value);
  if (!found.ok) return printError(output, found.error);
  if (output.isJson) printJson(output, {benches: found.value});
  else if (found.value.length === 0) printProgress(output, 'No benchmark is kept. gantry bench measures one.');
  else {
    const style = textStyleOf(process.stdout, process.env, appearance);
    printRows(output, benchListRows(found.value, style.glyphs), style);
  }
  return exitCodes.done;
}

/** `gantry bench show [NUMBER]`: one of them in full, compared with earlier ones; 1 is the newest. */
export async function runBenchShow(global: GlobalOptions, number: number): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, appearance} = wiring.value;
  const found = await findBenches(wiring.value);
  if (!found.ok) return printError(output, found.error);
  const chosen = choose(found.value, number);
  if (!chosen.ok) return printError(output, chosen.error);
  const style = textStyleOf(process.stdout, process.env, appearance);
  if (output.isJson) printJson(output, chosen.value);
  else printRows(output, benchText(chosen.value, found.value, style), style);
  return exitCodes.done;
}

function choose(benches: readonly BenchDocument[], number: number): Result<BenchDocument, ApiError> {
  const bench = benches[number - 1];
  if (bench !== undefined) return ok(bench);
  return err({
    code: 'usage.no-such-bench',
    message: `There is no benchmark ${number}: ${countedText(benches.length, 'benchmark')} kept.`,
    remedy: 'Choose one of gantry bench list: 1 is the newest.',
  });
}
