import type {ReportKind} from '../../domain/cost/report/report-kinds.ts';
import {reportCsv} from '../../views/cost-report/report-csv.ts';
import {reportTable} from '../../views/cost-report/report-table.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import type {MomentOption} from '../option-values.ts';
import {printError, printJson, printProgress, printRows, printText} from '../output.ts';
import {findCost} from '../past/find-cost.ts';
import {noHistory} from '../past/history-path.ts';
import {textStyleOf} from '../print-rows.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

export type CostOptions = {
  readonly since: MomentOption;
  readonly until?: MomentOption;
  readonly by: ReportKind;
  readonly csv?: boolean;
};

/**
 * `gantry cost`: what the node cost and what its tokens would have cost at APIs, in rows, from the ledger. Works without a
 * supervisor, from the file of this node or, if it has none, of the simulated node.
 */
export async function runCost(global: GlobalOptions, {since, until, by, csv = false}: CostOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output} = wiring.value;
  if (csv && output.isJson) {
    return printError(output, {
      code: 'usage.format',
      message: '--csv and --json exclude each other.',
      remedy: 'Use --json for all figures with their total, or --csv for the rows.',
    });
  }
  const nowMs = Date.now();
  const sinceMs = Math.max(0, since(nowMs));
  const untilMs = until === undefined ? nowMs : until(nowMs);
  if (sinceMs >= untilMs) {
    return printError(output, {
      code: 'usage.time',
      message: '--since has to be before --until, which is now without it.',
      remedy: 'Give how far back, such as 30d, or days of UTC, such as --since 2026-11-01 --until 2026-12-01.',
    });
  }
  const found = await findCost(wiring.value, {sinceMs, untilMs, by}, nowMs);
  if (!found.ok) return printError(output, found.error);
  const document = found.value;
  if (document === null) {
    return printError(output, noHistory('Start one with gantry up or gantry; it books from then on.'));
  }
  if (output.isJson) {
    printJson(output, document);
    return exitCodes.done;
  }
  if (document.simulated) printProgress(output, 'SIMULATED: costs of the simulated node.');
  if (csv) printText(output, reportCsv(document));
  else if (document.rows.length === 0) printProgress(output, 'Nothing is booked in this time.');
  else {
    const style = textStyleOf(process.stdout, process.env, wiring.value.appearance);
    printRows(output, reportTable(document, style), style);
  }
  return exitCodes.done;
}
