import type {Event, EventsQuery, NewEvent} from '../../api/event-schema.ts';
import type {LogLines} from '../../api/log-lines.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {readKernelLog} from '../../sources/host/kernel-log.ts';
import {createRedaction} from '../../sources/log/redaction.ts';
import {recordedKeys} from '../access/run-key.ts';
import {incidentFiles} from './incident-files.ts';
import {incidentMinutes} from './incident-recording.ts';
import {incidentName, writeIncident} from './incident-store.ts';
import {readProcessTree} from './process-tree.ts';
import {createRecentSnapshots} from './recent-snapshots.ts';

const LOG_LINES = 500;
const KERNEL_LINES = 300;
const EVENTS_BEFORE = 100;
/** One failure causes several events: the exit of the process, and the new state. */
const SAME_FAILURE_MS = 2_000;
/** In a fast failure loop, incidents beyond this are not written. */
const MAX_PENDING = 3;

export type FlightRecorderOptions = {
  readonly stateDir: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What has secrets besides the environment, as it is now: the configuration. */
  readonly secretDocuments: () => readonly unknown[];
  readonly version: string;
  readonly getSnapshot: () => Snapshot;
  readonly getLog: (tail: number) => LogLines | Promise<LogLines>;
  readonly subscribeLog: (listener: (lines: LogLines) => void) => () => void;
  readonly getEvents: (query: EventsQuery) => readonly Event[];
  readonly getRun: () => RunIdentity | null;
  readonly record: (event: Omit<NewEvent, 'atMs'>) => void;
  readonly onFinding: (finding: Finding) => void;
  readonly onFindingOver: (code: string) => void;
};

/** Keeps the last minutes in memory, and saves them when something fails. */
export type FlightRecorder = {
  /** Called with every snapshot. */
  readonly sample: (snapshot: Snapshot) => void;
  readonly onEvent: (event: Event) => void;
  /** Waits for pending writes. */
  readonly close: () => Promise<void>;
};

/** True for events that are a failure or a hang: an unexpected exit, or a state in which nothing is served. */
export function isIncident({code, details}: Pick<Event, 'code' | 'details'>): boolean {
  if (code === 'engine.exited') return details['wasRequested'] === false;
  return code === 'engine.failed' || code === 'engine.degraded';
}

/** An empty recorder. */
export function createFlightRecorder(options: FlightRecorderOptions): FlightRecorder {
  const recent = createRecentSnapshots(options.subscribeLog);
  let lastMs = Number.NEGATIVE_INFINITY;
  let pendingCount = 0;
  let writing = Promise.resolve();

  async function write(event: Event, run: RunIdentity | null): Promise<void> {
    // Processes are read first because they disappear, the log last: the lines that explain an exit come late.
    const processes = run === null ? [] : await readProcessTree(run);
    const kernel = await kernelText(options.environment);
    // The recording ends with what the failure looks like.
    await recent.next();
    const log = await options.getLog(LOG_LINES);
    const events = options.getEvents({sinceMs: 0, limit: EVENTS_BEFORE});
    const [snapshot, lines] = [options.getSnapshot(), recent.lines()];
    const {settings} = snapshot.engine;
    const documents = [...options.secretDocuments(), settings, ...(await recordedKeys(options.stateDir))];
    const redaction = createRedaction({environments: [options.environment], documents});
    const minutes = await incidentMinutes(lines, {log, events}, redaction);
    const written = await writeIncident(
      options.stateDir,
      nameOf(event),
      incidentFiles({event, snapshot, events, minutes, processes, kernel, log}, redaction, options.version),
    );
    if (!written.ok) {
      options.onFinding(notWritten(options.stateDir, written.error));
      return;
    }
    options.onFindingOver(NOT_WRITTEN);
    options.record({
      code: 'incident.recorded',
      severity: 'info',
      actor: 'supervisor',
      message: `Incident saved in ${written.value}; gantry report includes it.`,
      runId: event.runId,
      details: {directory: written.value, event: event.id},
    });
  }

  return {
    sample: recent.add,
    onEvent(event) {
      if (!isIncident(event)) return;
      const nowMs = performance.now();
      if (nowMs - lastMs < SAME_FAILURE_MS || pendingCount >= MAX_PENDING) return;
      lastMs = nowMs;
      pendingCount += 1;
      const run = options.getRun();
      writing = writing
        .then(() => write(event, run))
        .catch((error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          options.onFinding(notWritten(options.stateDir, reason));
        })
        .finally(() => {
          pendingCount -= 1;
        });
    },
    close() {
      recent.close();
      return writing;
    },
  };
}

/** By the cause, if known. */
function nameOf({atMs, code, details}: Event): string {
  const {finding} = details;
  return incidentName(atMs, typeof finding === 'string' ? finding : code);
}

const NOT_WRITTEN = 'flight-recorder.not-written';

function notWritten(stateDir: string, reason: string): Finding {
  return {
    code: NOT_WRITTEN,
    severity: 'warning',
    message: `The incident could not be saved: ${reason}.`,
    evidence: null,
    remedy: `Free some space in ${stateDir} and check that it is writable. The engine is not affected.`,
    settingsChange: null,
  };
}

async function kernelText(environment: NodeJS.ProcessEnv): Promise<string> {
  const log = await readKernelLog(environment);
  if (log.kind !== 'read') return `${log.reason}\n`;
  return log.messages
    .slice(-KERNEL_LINES)
    .map(({ageMs, text}) => `${ageMs === null ? 'at an unknown time' : `${secondsText(ageMs)} before`}: ${text}\n`)
    .join('');
}
