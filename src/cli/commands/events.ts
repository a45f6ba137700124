import type {Event} from '../../api/event-schema.ts';
import {dayRow, dayText, eventRows, shownEvent} from '../../views/events/event-rows.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printJsonLine, printProgress, printRows} from '../output.ts';
import {findEvents} from '../past/find-events.ts';
import {type Appearance, type TextStyle, textStyleOf} from '../print-rows.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

const MANY_ROWS = 100;
/** Maximum width for readable sentences. */
const MOST_COLUMNS = 160;

export type EventsOptions = {readonly since?: number; readonly limit: number; readonly follow?: boolean};

/**
 * `gantry events [-f]`: what happened, when, why and by whom, oldest first. Without a supervisor it reads the history
 * of this node or, if there is none, of the simulated node.
 */
export async function runEvents(global: GlobalOptions, options: EventsOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {client, output} = wiring.value;
  const query = {sinceMs: options.since === undefined ? 0 : Date.now() - options.since, limit: options.limit};
  const print = printerOf(wiring.value);
  if (options.follow === true) {
    const stream = client.events(new AbortController().signal, query);
    for (let next = await stream.next(); ; next = await stream.next()) {
      if (next.done === true) return next.value === null ? exitCodes.done : printError(output, next.value);
      print(next.value.events, true);
    }
  }
  const events = await findEvents(wiring.value, query);
  if (!events.ok) return printError(output, events.error);
  if (output.isJson) printJson(output, events.value);
  else if (events.value.events.length === 0) printProgress(output, 'No events in this time.');
  else print(events.value.events, false);
  return exitCodes.done;
}

/** Prints events as rows grouped by day; when following as JSON, one document per line. */
function printerOf({output, environment, appearance}: Wiring) {
  const style = eventStyle(environment, appearance);
  let day = '';
  return (events: readonly Event[], isStream: boolean): void => {
    for (const event of events) {
      if (isStream && output.isJson) {
        printJsonLine(output, event);
        continue;
      }
      const {columns, glyphs} = style;
      const isNewDay = day !== dayText(event.atMs);
      day = dayText(event.atMs);
      const rows = eventRows(shownEvent(event), {columns, maxMessageRows: MANY_ROWS, glyphs});
      printRows(output, isNewDay ? [dayRow(event.atMs), ...rows] : rows, style);
    }
  };
}

function eventStyle(environment: NodeJS.ProcessEnv, appearance: Appearance): TextStyle {
  const style = textStyleOf(process.stdout, environment, appearance);
  return {...style, columns: Math.max(style.columns, Math.min(process.stdout.columns ?? 0, MOST_COLUMNS))};
}
