import {release} from 'node:os';
import type {Event} from '../../api/event-schema.ts';
import type {LogLines} from '../../api/log-lines.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Redaction} from '../../sources/log/redaction.ts';
import type {IncidentMinutes} from './incident-recording.ts';
import type {ProcessView} from './process-tree.ts';

/** Version of `incident.json`. */
const INCIDENT_SCHEMA_VERSION = 1;
/** What `gantry replay` shows. */
export const RECORDING_FILE = 'recording.jsonl';
const LOG_LINE_CHARACTERS = 1_500;

/** Data about a node at a failure. */
export type IncidentContent = {
  readonly event: Event;
  readonly snapshot: Snapshot;
  readonly events: readonly Event[];
  readonly processes: readonly ProcessView[];
  /** Kernel messages as text, or why there are none. */
  readonly kernel: string;
  readonly log: LogLines;
  /** The minutes before, already without secrets and prompts. */
  readonly minutes: IncidentMinutes;
};

/** An incident as files by name, without secrets and prompts. */
export function incidentFiles(
  {event, snapshot, events, processes, kernel, log, minutes}: IncidentContent,
  redaction: Redaction,
  version: string,
): Record<string, string> {
  const json = (value: unknown): string => `${JSON.stringify(redaction.value(value), null, 2)}\n`;
  const {plan, findings, ...rest} = snapshot;
  const {simulated, node, engine} = snapshot;
  return {
    'incident.json': json({
      schemaVersion: INCIDENT_SCHEMA_VERSION,
      event,
      simulated,
      node,
      versions: {
        gantry: version,
        node: process.version,
        kernel: release(),
        engine: engine.version,
        driver: node.driverVersion,
        cuda: node.cudaVersion,
      },
      exit: engine.exit,
    }),
    'snapshot.json': json(rest),
    'plan.json': json(plan),
    'settings.json': json(engine.settings),
    'findings.json': json(findings),
    'events.json': json(events),
    'processes.json': json(processes),
    'samples.jsonl': minutes.samples,
    'log.txt': log.lines.map(({text}) => `${redaction.text(text).slice(0, LOG_LINE_CHARACTERS)}\n`).join(''),
    'kernel.txt': redaction.text(kernel),
    [RECORDING_FILE]: minutes.recording,
  };
}
