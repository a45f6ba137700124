import path from 'node:path';
import type {ApiError} from '../../api/commands.ts';
import {MAX_RECORDING_BYTES} from '../../api/recording/recording.ts';
import {quoteArgument} from '../../engines/launch/shell-quoting.ts';
import {kibText} from '../../shared/quantities/bytes.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {createRedaction} from '../../sources/log/redaction.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printProgress, printText} from '../output.ts';
import {type Recorded, recordNode} from '../replay/record-node.ts';
import {createRecordingFile} from '../replay/recording-file.ts';
import {ensureKnownSupervisor} from '../supervision/ensure-supervisor.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

export type RecordCommandOptions = {readonly record: string; readonly for?: number};

const SCHEMA_VERSION = 1;

const ends: Readonly<Record<Recorded['end'], string>> = {
  requested: '',
  time: '',
  full: ' It has reached its maximum size.',
};

/** `gantry status --record FILE`: every snapshot, log line and event from now on, for `gantry replay`. */
export async function runRecord(global: GlobalOptions, options: RecordCommandOptions): Promise<ExitCode> {
  if (noFiles.has(options.record)) return printError(outputOf(global), noFile(options.record));
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {client, output, configuration, environment} = wiring.value;
  const snapshot = await ensureKnownSupervisor(wiring.value);
  if (!snapshot.ok) return printError(output, snapshot.error);
  const file = path.resolve(options.record);
  const created = createRecordingFile(file, MAX_RECORDING_BYTES);
  if (!created.ok) return printError(output, created.error);
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  printProgress(output, `Recording to ${file}. ${options.for === undefined ? 'Ctrl+C ends it.' : ''}`.trimEnd());
  const recorded = await recordNode({
    ...{client, file: created.value, signal: stopped.signal, forMs: options.for ?? null},
    mask: createRedaction({environments: [environment], documents: [configuration]}).text,
  });
  if (!recorded.ok) return printError(output, recorded.error);
  const {snapshots, bytes, end} = recorded.value;
  if (output.isJson) printJson(output, {schemaVersion: SCHEMA_VERSION, file, snapshots, bytes, end});
  else
    printText(
      output,
      `${file}: ${countedText(snapshots, 'snapshot')}, ${kibText(bytes)}.${ends[end]}\ngantry replay ${quoteArgument(file)} shows it.`,
    );
  return exitCodes.done;
}

/** Standard output carries what happens, and an empty name would be the current directory. */
const noFiles: ReadonlySet<string> = new Set(['', '-']);

function noFile(given: string): ApiError {
  return {
    code: 'record.not-written',
    message: `A recording is written to a file, and "${given}" names none.`,
    remedy: 'Give a new file, such as --record node.jsonl.',
  };
}
