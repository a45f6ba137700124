import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {execa} from 'execa';
import type {Snapshot} from '../../api/snapshot.ts';
import {BYTES_PER_MIB, MS_PER_DAY} from '../../shared/units.ts';
import {readRecord} from '../../sources/host/own-files.ts';
import {createRedaction, type Redaction, type SecretSources} from '../../sources/log/redaction.ts';
import {recordedKeys} from '../../supervisor/access/run-key.ts';
import {RECORDING_FILE} from '../../supervisor/flight-recorder/incident-files.ts';
import {incidentsDirectory} from '../../supervisor/flight-recorder/incident-store.ts';
import {journalPath, readJournal} from '../../supervisor/state-dir/journal.ts';
import {MOST_BYTES_READ, readFileEnd} from '../../supervisor/state-dir/journal-text.ts';
import {chooseNvidiaSmi} from '../choose-nvidia-smi.ts';
import {findEvents} from '../past/find-events.ts';
import type {Wiring} from '../wiring.ts';
import {hostFacts} from './report-host.ts';
import {withoutEnvironments} from './shared-journal.ts';

const NVIDIA_SMI_TIMEOUT_MS = 20_000;
const EVENTS_WINDOW_MS = MS_PER_DAY;
const MOST_EVENTS = 5_000;
const JOURNAL_LINES = 200;
const SUPERVISOR_LOG_LINES = 300;
/** Far above what is recorded of one. */
const MOST_INCIDENT_BYTES = 32 * BYTES_PER_MIB;

/** A file of the report: description and text, or why it is missing. */
export type ReportPart = {readonly name: string; readonly what: string} & (
  | {readonly text: string}
  | {readonly missing: string}
);

/** All parts of a report, without keys and prompts. A missing part has the reason; the others are still included. */
export async function gatherReport(wiring: Wiring, incident: string | null): Promise<readonly ReportPart[]> {
  const snapshot = await wiring.client.getSnapshot();
  const {directories, configuration, version} = wiring;
  const redaction = createRedaction(await secretSources(wiring, snapshot.ok ? snapshot.value : null));
  const json = (value: unknown): string => `${JSON.stringify(redaction.value(value), null, 2)}\n`;
  const tryFor = (name: string, what: string, read: () => Promise<string>): Promise<ReportPart> =>
    read().then(
      (text) => ({name, what, text}),
      (error: unknown) => ({name, what, missing: error instanceof Error ? error.message : String(error)}),
    );
  const fixed = await Promise.all([
    tryFor('version.json', 'versions of Gantry and Node', async () => json({gantry: version, node: process.version})),
    tryFor('configuration.json', 'the configuration, keys masked', async () =>
      json(withoutHookArguments(configuration)),
    ),
    tryFor('snapshot.json', 'the current snapshot of the node', async () => {
      if (!snapshot.ok) throw new Error(snapshot.error.message);
      return json(snapshot.value);
    }),
    tryFor('events.json', 'events of the last 24 hours', async () => {
      const events = await findEvents(wiring, {sinceMs: Date.now() - EVENTS_WINDOW_MS, limit: MOST_EVENTS});
      if (!events.ok) throw new Error(events.error.message);
      return json(events.value);
    }),
    tryFor('journal.jsonl', 'the end of the journal', async () =>
      redactedLines(
        withoutEnvironments(readFileEnd(journalPath(directories.stateDir), MOST_BYTES_READ).bytes.toString('utf8')),
        JOURNAL_LINES,
        redaction,
      ),
    ),
    tryFor('supervisor.log', "the end of the supervisor's own log", async () =>
      redactedLines(
        readFileEnd(path.join(directories.stateDir, 'supervisor.log'), MOST_BYTES_READ).bytes.toString('utf8'),
        SUPERVISOR_LOG_LINES,
        redaction,
      ),
    ),
    tryFor('nvidia-smi-q.txt', 'output of nvidia-smi -q', async () => redaction.text(await queryCards(wiring))),
    tryFor('host.json', 'kernel, memory and disks', async () =>
      json(await hostFacts([directories.stateDir, directories.dataDir])),
    ),
  ]);
  return [...fixed, ...(incident === null ? [] : await incidentParts(directories.stateDir, incident, redaction))];
}

async function incidentParts(stateDir: string, incident: string, redaction: Redaction): Promise<ReportPart[]> {
  const directory = path.join(incidentsDirectory(stateDir), incident);
  const files = (await readdir(directory)).toSorted();
  return Promise.all(
    files.map(async (file): Promise<ReportPart> => {
      const part = {name: `incident/${file}`, what: incidentFileLabels[file] ?? 'recorded at the incident'};
      const text = readRecord(path.join(directory, file), MOST_INCIDENT_BYTES);
      if (text === null) return {...part, missing: 'it is no file of an incident'};
      const isJson = file.endsWith('.json') || file.endsWith('.jsonl');
      // It was redacted when written, but by a supervisor that may have known fewer secrets.
      const redacted = isJson ? redactedDocument(text, redaction) : redaction.text(text);
      return {...part, text: redacted};
    }),
  );
}

const incidentFileLabels: Readonly<Record<string, string>> = {
  'incident.json': 'what failed, when, and with which versions',
  'samples.jsonl': 'the previous five minutes, one row per second',
  'log.txt': "the end of the engine's log",
  [RECORDING_FILE]: 'the minutes before it, for gantry replay',
  'processes.json': "the engine's processes: CPU use, and where they wait",
  'kernel.txt': 'kernel messages',
  'plan.json': 'the memory plan',
  'settings.json': 'the settings of the run',
  'findings.json': 'findings at that time',
  'events.json': 'earlier events',
  'snapshot.json': 'the node at that time',
};

function redactedDocument(text: string, redaction: Redaction): string {
  try {
    return `${JSON.stringify(redaction.value(JSON.parse(text)), null, 2)}\n`;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return redactedLines(text, Number.POSITIVE_INFINITY, redaction);
  }
}

/** The newest lines; JSON lines are redacted value by value, so that they stay valid JSON. */
function redactedLines(text: string, count: number, redaction: Redaction): string {
  const lines = text.trimEnd().split('\n');
  const newest = Number.isFinite(count) ? lines.slice(-count) : lines;
  return newest.map((line) => `${redactedLine(line, redaction)}\n`).join('');
}

function redactedLine(line: string, redaction: Redaction): string {
  if (!line.startsWith('{')) return redaction.text(line);
  try {
    return JSON.stringify(redaction.value(JSON.parse(line)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return redaction.text(line);
  }
}

/**
 * Whatever may have a secret that other parts show: the environments of this command, the supervisor and the engine, the
 * configuration, and the settings of all recorded starts.
 */
async function secretSources(
  {environment, configuration, directories}: Wiring,
  snapshot: Snapshot | null,
): Promise<SecretSources> {
  const pids = snapshot === null ? [] : [snapshot.supervisor.pid, snapshot.engine.pid];
  const journal = readJournal(directories);
  return {
    environments: [environment, ...(await Promise.all(pids.map(environmentOf)))],
    documents: [
      configuration,
      ...(journal.ok ? journal.value.entries : []),
      ...(await recordedKeys(directories.stateDir)),
    ],
  };
}

/** Only program or host of a hook: its arguments and URL may contain keys in any form. */
function withoutHookArguments({hooks, ...configuration}: Wiring['configuration']) {
  return {
    ...configuration,
    hooks: hooks.map(({on, command, url, timeoutSeconds}) => ({
      on,
      command: command === null ? null : [command[0], `and ${command.length - 1} arguments`],
      url: url === null ? null : (URL.parse(url)?.origin ?? null),
      timeoutSeconds,
    })),
  };
}

/** The supervisor may know secrets that this shell does not. Another user's cannot be read and is not needed. */
async function environmentOf(pid: number | null): Promise<Record<string, string>> {
  if (pid === null) return {};
  try {
    const pairs = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
    return Object.fromEntries(pairs.map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]));
  } catch {
    // Gone, or another user's: then its files are not readable either.
    return {};
  }
}

/** As text; as XML if nvidia-smi has no text output. */
async function queryCards(wiring: Wiring): Promise<string> {
  const {executable} = await chooseNvidiaSmi(wiring);
  const ask = (argv: readonly string[], reject: boolean) =>
    execa(executable, argv, {timeout: NVIDIA_SMI_TIMEOUT_MS, stdin: 'ignore', maxBuffer: 4 * BYTES_PER_MIB, reject});
  const plain = await ask(['-q'], false);
  if (!plain.failed) return `${plain.stdout}\n`;
  const {stdout} = await ask(['-q', '-x'], true);
  return `${stdout}\n`;
}
