import {rmSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import type {Snapshot} from '../../../api/snapshot.ts';
import {type Finding, findingOf} from '../../../domain/diagnosis/finding.ts';
import {utcText} from '../../../shared/quantities/moments.ts';
import {replaceFile} from '../../../sources/host/own-files.ts';
import type {Observe} from '../../snapshot/observation.ts';
import {readFileEnd} from '../journal-text.ts';

/** How the last run or start ended, told by the next supervisor. */
export const LAST_END = 'lifecycle.last-end';
const MOST_BYTES = 64 * 1024;
const MOST_FINDINGS = 3;

const lastEndSchema = z.object({
  schemaVersion: z.literal(1),
  state: z.enum(['failed', 'stopped']),
  /** Epoch ms; null at an unknown time. */
  atMs: z.number().nullable(),
  /** Null where no process was started. */
  runId: z.string().nullable(),
  simulated: z.boolean(),
  /** The reasons of a failure, the worst first. */
  findings: z.array(z.object({code: z.string(), message: z.string(), remedy: z.string()})),
});

/** How the engine ended while no engine runs: read where no supervisor knows it any more. */
export type LastEnd = z.infer<typeof lastEndSchema>;

function lastEndPath(stateDir: string): string {
  return path.join(stateDir, 'last-end.json');
}

/** Null without one: nothing has ended yet, an engine runs, or it cannot be read. */
export function readLastEnd({stateDir}: {readonly stateDir: string}): LastEnd | null {
  try {
    const {bytes, from} = readFileEnd(lastEndPath(stateDir), MOST_BYTES);
    return from > 0 ? null : lastEndSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return null;
  }
}

/** One or two sentences with the time and the reason. */
export function lastEndText({state, atMs, runId, simulated, findings}: LastEnd): string {
  const what = `The last ${runId === null ? 'start' : 'run'}${simulated ? ' (of the simulated node)' : ''}`;
  const when = atMs === null ? 'at an unknown time' : `at ${utcText(atMs)}`;
  if (state === 'stopped') return `${what} was stopped ${when}.`;
  const [reason] = findings;
  return `${what} failed ${when}${reason === undefined ? '.' : `: ${reason.message}`}`;
}

/** What to do about a failure; empty where nothing failed. */
export function lastEndRemedy({state, findings}: LastEnd): string {
  if (state === 'stopped') return '';
  return findings[0]?.remedy ?? 'Read its log: gantry diagnose shows the cause.';
}

/**
 * Keeps the end on the disk while no engine runs, by the snapshots of each second; and reports that of an earlier supervisor until
 * an engine is started again.
 */
export function keepLastEnd({stateDir, observe}: {readonly stateDir: string; readonly observe: Observe}): {
  /** After the takeover: `snapshot` has what was found. */
  readonly begin: (snapshot: Snapshot) => void;
  readonly note: (snapshot: Snapshot) => void;
} {
  let known: string | null = null;
  let runId: string | null = null;
  const note = (snapshot: Snapshot): void => {
    const {engine} = snapshot;
    runId = engine.runId ?? runId;
    const end = endOf(snapshot, runId);
    const key = end === null ? engine.state : JSON.stringify({...end, atMs: engine.exit?.atMs});
    if (key === known || (end === null && isDown(engine))) return;
    known = key;
    if (end === null) observe({type: 'own-finding-resolved', topic: LAST_END});
    if (engine.state === 'preflight') runId = null;
    try {
      if (end === null) rmSync(lastEndPath(stateDir), {force: true});
      else replaceFile(lastEndPath(stateDir), `${JSON.stringify(end)}\n`);
    } catch (error) {
      // On a full disk the journal is reported; what ended is shown as long as this supervisor runs.
      process.stderr.write(`gantry: the end of the run was not kept (${String(error)}).\n`);
    }
  };
  return {
    note,
    begin: (snapshot) => {
      const end = readLastEnd({stateDir});
      const isKnown = !isDown(snapshot.engine) || snapshot.engine.state === 'failed' || snapshot.engine.exit !== null;
      if (end?.state === 'failed' && !isKnown && end.simulated === snapshot.simulated) {
        observe({type: 'own-finding', finding: lastEndFinding(end)});
      }
      note(snapshot);
    },
  };
}

function lastEndFinding(end: LastEnd): Finding {
  return findingOf({code: LAST_END, message: lastEndText(end), remedy: lastEndRemedy(end)}, 'warning');
}

function isDown({state, runId}: Snapshot['engine']): boolean {
  return runId === null && (state === 'failed' || state === 'stopped');
}

/** Null while an engine runs or is to run, and where this supervisor has seen none. */
function endOf({engine, findings, simulated, takenAtMs}: Snapshot, runId: string | null): LastEnd | null {
  const {exit} = engine;
  if (!isDown(engine)) return null;
  const known = {schemaVersion: 1, atMs: exit === null ? takenAtMs : exit.atMs, runId, simulated} as const;
  if (engine.state !== 'failed') return exit === null ? null : {...known, state: 'stopped', findings: []};
  const reasons = findings.filter(({severity, explainedBy}) => severity === 'critical' && explainedBy === undefined);
  const told = reasons.slice(0, MOST_FINDINGS).map(({code, message, remedy}) => ({code, message, remedy}));
  return {...known, state: 'failed', findings: told};
}
