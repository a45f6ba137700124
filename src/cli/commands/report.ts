import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import type {ApiError} from '../../api/commands.ts';
import {kibText} from '../../shared/quantities/bytes.ts';
import {stampText} from '../../shared/quantities/moments.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {listIncidents} from '../../supervisor/flight-recorder/incident-store.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printText} from '../output.ts';
import {gatherReport, type ReportPart} from '../report/gather-report.ts';
import {packTar} from '../report/pack-tar.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

const REPORT_SCHEMA_VERSION = 1;
const PROMISE =
  'Keys, tokens and passwords are masked; texts of requests and answers are removed. Host names and paths are included: read it before you share it.';

export type ReportOptions = {readonly output?: string; readonly incident?: string; readonly last?: boolean};

/** `gantry report`: one archive for a bug report, without keys and prompts, and its contents. */
export async function runReport(global: GlobalOptions, options: ReportOptions): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output, directories} = wiring.value;
  const incident = chooseIncident(await listIncidents(directories.stateDir), options);
  if (!incident.ok) return printError(output, incident.error);
  const parts = await gatherReport(wiring.value, incident.value);
  const nowMs = Date.now();
  const name = `gantry-report-${stampText(nowMs)}`;
  const file = path.resolve(options.output ?? `${name}.tar.gz`);
  const archive = gzipSync(packTar(entriesOf(parts, name, incident.value), nowMs));
  const written = await writePrivately(file, archive);
  if (!written.ok) return printError(output, written.error);
  if (output.isJson) {
    printJson(output, {
      schemaVersion: REPORT_SCHEMA_VERSION,
      file,
      bytes: archive.length,
      incident: incident.value,
      contents: parts.map(contentOf),
    });
  } else {
    printText(output, `${file} (${kibText(archive.length)})\n${contentsText(parts, incident.value)}`);
  }
  return exitCodes.done;
}

function chooseIncident(
  incidents: readonly string[],
  {incident, last}: ReportOptions,
): Result<string | null, ApiError> {
  const newest = incidents.at(-1) ?? null;
  if (incident === undefined) return last === true && newest === null ? err(noIncident) : ok(newest);
  if (incidents.includes(incident)) return ok(incident);
  const known =
    incidents.length === 0 ? 'There are no incidents.' : `The newest are ${incidents.slice(-5).join(', ')}.`;
  return err({code: 'report.unknown-incident', message: `Incident ${incident} does not exist.`, remedy: known});
}

const noIncident: ApiError = {
  code: 'report.no-incident',
  message: 'No incident was recorded here.',
  remedy: 'Omit --last for a report without an incident.',
};

function entriesOf(parts: readonly ReportPart[], folder: string, incident: string | null) {
  const readme = `${contentsText(parts, incident)}\n`;
  const files = [{name: 'README.txt', text: readme}, ...parts.flatMap((part) => ('text' in part ? [part] : []))];
  return files.map(({name, text}) => ({name: `${folder}/${name}`, data: Buffer.from(text)}));
}

function contentOf(part: ReportPart) {
  const {name, what} = part;
  return 'text' in part
    ? {name, what, bytes: Buffer.byteLength(part.text), missing: null}
    : {name, what, bytes: 0, missing: part.missing};
}

function contentsText(parts: readonly ReportPart[], incident: string | null): string {
  const width = Math.max(...parts.map(({name}) => name.length));
  const line = (part: ReportPart): string => {
    const reason = 'missing' in part ? ` (missing: ${part.missing.split('\n', 1)[0]})` : '';
    return `  ${part.name.padEnd(width)}  ${part.what}${reason}`;
  };
  const head = incident === null ? 'No incident was recorded here.' : `Incident ${incident}.`;
  return [head, ...parts.map(line), PROMISE].join('\n');
}

/** Readable only by its owner; an existing file is not overwritten. */
async function writePrivately(file: string, data: Buffer): Promise<Result<null, ApiError>> {
  try {
    await writeFile(file, data, {mode: 0o600, flag: 'wx'});
    return ok(null);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return err({
      code: 'report.not-written',
      message: `The report cannot be written: ${message}.`,
      remedy: 'Use another file with --output.',
    });
  }
}
