import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {isSameProcess} from '../process/process-identity.ts';
import {recoverRun} from '../process/recover-run.ts';
import {findMarkedProcesses} from '../process/run-mark.ts';
import {killSession} from '../process/session.ts';
import type {RunLaunchingEntry} from '../state-dir/journal-entry.ts';
import {readRunTraces} from '../state-dir/recovery/run-traces.ts';

/** An unexpected error after the engine was started: it runs, and has to be managed like any other. */
export class LaunchFault extends Error {
  readonly run: RunIdentity;
  readonly version: string | null;

  constructor(error: unknown, run: RunIdentity, version: string | null) {
    super(`${messageOf(error)} (the engine had been started by then, pid ${run.pid}, and is managed)`, {cause: error});
    this.run = run;
    this.version = version;
  }
}

/**
 * What a launch throws after an unexpected error: a `LaunchFault` with the engine, if it runs; otherwise the error, with what
 * became of the processes. The engine is found as another supervisor would find it: by its own record or its mark. What
 * cannot be identified is ended, because nobody would watch it, and another start would run next to it.
 */
export async function faultOf(error: unknown, launching: RunLaunchingEntry, stateDir: string): Promise<unknown> {
  const run = await findSpawned(launching, stateDir).catch(() => null);
  if (run !== null) return new LaunchFault(error, run, launching.engineVersion);
  try {
    const {ended, left} = await endUnknown(launching);
    if (ended.length === 0) return error;
    const outcome = left.length === 0 ? 'was stopped' : `could not be stopped: pid ${left.join(', ')}`;
    return new Error(`${messageOf(error)} (what had been started by then ${outcome})`, {cause: error});
  } catch (second) {
    return new Error(`${messageOf(error)}; and processes of the launch cannot be listed: ${messageOf(second)}`, {
      cause: error,
    });
  }
}

async function findSpawned(launching: RunLaunchingEntry, stateDir: string): Promise<RunIdentity | null> {
  const recorded = await recoverRun(launching).catch(() => null);
  if (recorded !== null && isSameProcess(recorded)) return recorded;
  const {runId, atMs} = launching;
  const {runs} = await readRunTraces(stateDir, [launching]);
  const found = runs.find((one) => one.runId === runId);
  if (found === undefined || found.living === null) return null;
  return {...found.living, runId, startedAtMs: atMs, directory: found.directory};
}

/** Every process that has the mark of the launch, and the rest of its session. */
async function endUnknown({runId, directory, bootId, atMs}: RunLaunchingEntry) {
  const marked = (await findMarkedProcesses()).filter((process) => process.runId === runId);
  const [first] = marked
    .map(({stat}) => stat)
    .toSorted((a, b) => Number(BigInt(a.startTimeTicks) - BigInt(b.startTimeTicks)));
  if (first === undefined) return {ended: [], left: []};
  const {pid, sessionId, startTimeTicks} = first;
  const left = await killSession({runId, pid, sessionId, startTimeTicks, bootId, startedAtMs: atMs, directory});
  return {ended: marked, left: left.map((process) => process.pid)};
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
