import type {Event} from '../../api/event-schema.ts';
import {
  chosenSeries,
  type NamedSeries,
  type SeriesChoice,
  seriesChoices,
  seriesQuery,
  seriesText,
} from '../../api/series-choice.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {span} from '../../views/drawing/compose.ts';
import {inNoPointTexts} from '../../views/format/unwatched.ts';
import type {Row} from '../../views/rows.ts';
import {seriesCsv} from '../../views/series/series-csv.ts';
import {type SeriesPlotSpace, seriesPlot} from '../../views/series/series-plot.ts';
import {seriesTable} from '../../views/series/series-summary.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printProgress, printRows, printText} from '../output.ts';
import {findEvents} from '../past/find-events.ts';
import {findHistory} from '../past/find-history.ts';
import {textStyleOf} from '../print-rows.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

export type HistoryOptions = {readonly since: number; readonly csv?: boolean};

const SCHEMA_VERSION = 1;
const PLOT_ROWS = 12;
const MAX_MARKED_EVENTS = 1_000;

/**
 * `gantry history [SERIES...]`: kept series over the time before now, as plots; without a name, a table of all. Works
 * without a supervisor, from the file of this node or, if it has none, of the simulated node.
 */
export async function runHistory(
  global: GlobalOptions,
  choices: readonly SeriesChoice[],
  {since: windowMs, csv: isCsv = false}: HistoryOptions,
): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output} = wiring.value;
  const chosen = choices.length === 0 ? seriesChoices : choices;
  const nowMs = Date.now();
  const found = await findHistory(wiring.value, {...seriesQuery(chosen), windowMs}, nowMs);
  if (!found.ok) return printError(output, found.error);
  const {history, simulated} = found.value;
  const series = chosenSeries(history, chosen);
  const {quantilesSinceMs, gaps} = history;
  if (output.isJson) {
    const sinceMs = nowMs - windowMs;
    const document = {schemaVersion: SCHEMA_VERSION, simulated, sinceMs, untilMs: nowMs, series};
    printJson(output, {
      ...document,
      ...(quantilesSinceMs === undefined ? {} : {quantilesSinceMs}),
      ...(gaps === undefined ? {} : {gaps}),
    });
    return exitCodes.done;
  }
  if (simulated) printProgress(output, 'SIMULATED: history of the simulated node.');
  if (quantilesSinceMs !== undefined && quantilesSinceMs > nowMs - windowMs) {
    const since = utcText(quantilesSinceMs);
    printProgress(output, `Quantiles before ${since} are means over time: histograms are kept since then.`);
  }
  for (const sentence of inNoPointTexts(gaps ?? [], nowMs)) printProgress(output, sentence);
  if (isCsv) {
    printText(output, seriesCsv(series));
    return exitCodes.done;
  }
  if (series.every(({points}) => points.length === 0)) {
    printProgress(output, `Nothing is kept of the last ${durationText(windowMs)}.`);
    return exitCodes.done;
  }
  const style = textStyleOf(process.stdout, process.env, wiring.value.appearance);
  const space = {...style, windowMs, endMs: nowMs, nowMs, cursorMs: null, rows: PLOT_ROWS};
  const isTable = choices.length === 0;
  const events = isTable ? [] : await eventsSince(wiring.value, nowMs - windowMs);
  const rows = isTable
    ? seriesTable(series, style.glyphs)
    : choices.flatMap((choice) => rowsOf(choice, chosenSeries(history, [choice]), events, space));
  printRows(output, rows, style);
  return exitCodes.done;
}

/** A plot; of every GPU a table, which can be compared. */
function rowsOf(
  choice: SeriesChoice,
  series: readonly NamedSeries[],
  events: readonly Event[],
  space: SeriesPlotSpace,
): readonly Row[] {
  const [first] = series;
  if (choice.of === 'gpu' && choice.index === null && series.length > 1) return seriesTable(series, space.glyphs);
  if (first === undefined) return [[span(`${seriesText(choice)} has no values in this time`, 'dim')]];
  return seriesPlot([first], events, space);
}

/** Events only mark the plots: without them, these are still right. */
async function eventsSince(wiring: Wiring, sinceMs: number): Promise<readonly Event[]> {
  const found = await findEvents(wiring, {sinceMs, limit: MAX_MARKED_EVENTS});
  return found.ok ? found.value.events : [];
}
