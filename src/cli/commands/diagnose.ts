import path from 'node:path';
import type {ApiError} from '../../api/commands.ts';
import type {TextDiagnosis} from '../../domain/diagnosis/text-diagnosis.ts';
import {engineNames} from '../../engines/engine-names.ts';
import {engines, findEngine} from '../../engines/registry.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import type {ForeignText} from '../../sources/pasted-text/foreign-text.ts';
import {maskDiagnosis} from '../../sources/pasted-text/mask-diagnosis.ts';
import {createTextReading, type TextReading} from '../../sources/pasted-text/read-text.ts';
import {runFiles} from '../../supervisor/process/run-files.ts';
import {readJournal, recordedStartMs} from '../../supervisor/state-dir/journal.ts';
import {listRuns, runDirectory} from '../../supervisor/state-dir/run-directories.ts';
import {diagnosisText} from '../../views/text/diagnosis-text.ts';
import {type UnreadLog, unreadText} from '../../views/text/unread-text.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {openLogStream} from '../open-log-stream.ts';
import {type Output, printError, printJson, printProgress, printRows} from '../output.ts';
import {textStyleOf} from '../print-rows.ts';
import {type ReadLog, readLongLog} from '../read-long-log.ts';
import {appearanceOf, type GlobalOptions, outputOf, wire} from '../wiring.ts';

/** A source without a byte for this long is reported. */
const SILENT_MS = 2_000;

type DiagnoseOptions = {readonly engine?: string};

/**
 * `gantry diagnose [--engine E] [FILE|-]`: analyzes any engine log: progress, facts, why it failed and how to
 * fix it; also what else an operator may have: a kernel log, nvidia-smi, a page of metrics, a list of processes. Without a file it reads standard input if something is piped, otherwise the log of the managed engine. Exit code 1 if the
 * log shows a failure.
 */
export async function runDiagnose(
  global: GlobalOptions,
  file: string | undefined,
  options: DiagnoseOptions,
): Promise<ExitCode> {
  const output = outputOf(global);
  const engine = options.engine === undefined ? null : findEngine(options.engine);
  if (engine === undefined) return printError(output, unknownEngine(options.engine ?? ''));
  const reading = createTextReading(engines, engine);
  let source = file ?? (process.stdin.isTTY ? null : '-');
  let read = source === null ? nothing : await readLog(source, reading, output);
  // Without a terminal, as in a script or over ssh, standard input may be empty.
  if (file === undefined && read.ok && read.value.bytes === 0) {
    source = await ownLogPath(global);
    if (source === null) return printError(output, nothingToRead);
    read = await readLog(source, reading, output);
  }
  if (!read.ok) return printError(output, read.error);
  const found = reading.result();
  if (found === null) return printError(output, unknownText(source ?? '-', reading.seems(), read.value.unread));
  const diagnosis = await withRecordedStart(maskDiagnosis(found, {environments: [process.env]}), source, global);
  const {unread} = read.value;
  if (output.isJson) printJson(output, {schemaVersion: 1, ...diagnosis, unread});
  else printDiagnosis(output, diagnosis, unread, global);
  const isFailed = diagnosis.exit === 'failed' || diagnosis.findings.some(({severity}) => severity === 'critical');
  return isFailed ? exitCodes.refused : exitCodes.done;
}

const nothing: Result<ReadLog, ApiError> = ok({bytes: 0, unread: null});

/** Nobody may ever write to a pipe, such as standard input over ssh: says so after a while. Returns what ends the wait. */
function sayIfSilent(output: Output, source: string): () => void {
  const text =
    source === '-'
      ? 'gantry: reading a log from standard input. To read a file instead: gantry diagnose FILE'
      : `gantry: nothing to read from ${source} yet`;
  const timer = setTimeout(() => printProgress(output, text), SILENT_MS);
  return () => clearTimeout(timer);
}

async function readLog(
  source: string,
  reading: Pick<TextReading, 'take'>,
  output: Output,
): Promise<Result<ReadLog, ApiError>> {
  const opened = await openLogStream(source);
  if (!opened.ok) return opened;
  const endWait = sayIfSilent(output, source);
  try {
    return ok(await readLongLog(opened.value, reading, endWait));
  } catch (error) {
    return err(unreadable(source, error instanceof Error ? error.message : String(error)));
  } finally {
    endWait();
  }
}

function printDiagnosis(
  output: Output,
  diagnosis: Parameters<typeof diagnosisText>[0],
  unread: UnreadLog | null,
  global: GlobalOptions,
): void {
  const style = textStyleOf(process.stdout, process.env, appearanceOf(global));
  const rows = unread === null ? [] : unreadText(unread, style);
  printRows(output, [...rows, ...diagnosisText(diagnosis, style)], style);
}

/** Status and events have the time from the start of the process, which the log begins after. */
async function withRecordedStart(
  diagnosis: TextDiagnosis,
  source: string | null,
  global: GlobalOptions,
): Promise<TextDiagnosis> {
  if (diagnosis.kind !== 'engine-log' || !diagnosis.isReady || source === null || source === '-') return diagnosis;
  const wiring = await wire(global);
  if (!wiring.ok) return diagnosis;
  const {directories} = wiring.value;
  const directory = path.dirname(path.resolve(source));
  const runId = path.basename(directory);
  if (directory !== path.resolve(runDirectory(directories.stateDir, runId))) return diagnosis;
  const journal = readJournal(directories);
  const startMs = journal.ok ? recordedStartMs(journal.value.entries, runId) : null;
  return startMs === null ? diagnosis : {...diagnosis, startSeconds: startMs / 1000, startSecondsFrom: 'run'};
}

/** The log of the engine that runs, otherwise of the last run on this host, also without a supervisor; null without one. */
async function ownLogPath(global: GlobalOptions): Promise<string | null> {
  const wiring = await wire(global);
  if (!wiring.ok) return null;
  const snapshot = await wiring.value.client.getSnapshot();
  if (snapshot.ok && snapshot.value.engine.logPath !== null) return snapshot.value.engine.logPath;
  const {stateDir} = wiring.value.directories;
  const last = (await listRuns(stateDir)).at(-1);
  return last === undefined ? null : runFiles(runDirectory(stateDir, last)).logPath;
}

function unknownEngine(name: string) {
  return {
    code: 'usage.unknown-engine',
    message: `Unknown engine "${name}".`,
    remedy: `Use one of ${engineNames.join(', ')}, or omit --engine.`,
  };
}

const nothingToRead = {
  code: 'usage.no-log',
  message: 'There is no log to read: no file given, no piped input, and no engine was started on this host.',
  remedy: 'Give a file (gantry diagnose engine.log), or pipe a log (docker logs NAME 2>&1 | gantry diagnose).',
};

function unreadable(source: string, reason: string) {
  return {
    code: 'usage.log-unreadable',
    message: `${source === '-' ? 'Standard input' : source} could not be read completely: ${reason}.`,
    remedy: 'Check the file.',
  };
}

const anyText = `Give the engine's own output, including stderr (set --engine ${engineNames.join(', ')} if it is that), the kernel log (dmesg -T), nvidia-smi, ps aux, or a page of metrics.`;

function unknownText(source: string, seems: ForeignText | null, unread: UnreadLog | null) {
  const where = unread === null ? '' : ' in the part of it that was read: its beginning, and the newest end of it';
  const what = seems === null ? '' : ` It seems to be ${seems.name}.`;
  return {
    code: 'usage.unknown-log',
    message: `${source === '-' ? 'Standard input' : source} has no line of a known engine and no failure${where}.${what}`,
    remedy: seems?.help ?? anyText,
  };
}
