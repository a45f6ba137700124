import {type ApiError, refusalOf} from '../../api/commands.ts';
import type {Intention} from '../../domain/lifecycle/intention/intention.ts';
import {processesRemainFinding} from '../../domain/lifecycle/lifecycle-findings.ts';
import {defaultLifecyclePolicy} from '../../domain/lifecycle/restart-policy.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {senderText} from '../../supervisor/events/command-events.ts';
import {findWriteProblem} from '../../supervisor/launch/world/host-probes.ts';
import {readBootId} from '../../supervisor/process/process-identity.ts';
import {killSession, listSession, terminateLeader, waitUntilGone} from '../../supervisor/process/session.ts';
import type {AdoptableRun} from '../../supervisor/state-dir/journal.ts';
import type {UnrecordedStop} from '../../supervisor/state-dir/journal-backlog.ts';
import {findLivingSupervisor} from '../../supervisor/state-dir/lock/living-supervisor.ts';
import {readRuns} from '../../supervisor/state-dir/recovery/read-runs.ts';
import {StopMarks, type StopSubject, subjectOf} from '../../supervisor/state-dir/stop-mark.ts';
import {printProgress} from '../output.ts';
import {CLIENT_NAME, terminalName} from '../terminal-name.ts';
import type {Wiring} from '../wiring.ts';

const POLL_MS = 100;

/** An engine that serves where no supervisor can start. */
export type UnsupervisedEngine = {
  /** Why none can. */
  readonly problem: string;
  readonly found: AdoptableRun;
  readonly subject: StopSubject;
};

/**
 * The engine that runs where no supervisor can start, because its directory is full or read-only. Null where that is not the
 * case, or no engine runs: then the reason why no supervisor starts stands.
 */
export async function findUnsupervisedEngine({
  directories,
}: Pick<Wiring, 'directories'>): Promise<UnsupervisedEngine | null> {
  const problem = await findWriteProblem(directories.stateDir);
  if (problem === null || (await findLivingSupervisor(directories)) !== null) return null;
  const {adoptable, entries} = await readRuns(directories);
  if (adoptable === null || (await listSession(adoptable.run)).length === 0) return null;
  return {problem, found: adoptable, subject: {...subjectOf(entries), run: adoptable.run}};
}

/**
 * Stops it by the pids and start times of its processes, without a drain and without the journal: the stop is noted where the next
 * supervisor finds it.
 *
 * @param marks - where it is noted
 */
export async function stopUnsupervised(
  {directories, output}: Pick<Wiring, 'directories' | 'output'>,
  {problem, found, subject}: UnsupervisedEngine,
  marks: Pick<StopMarks, 'write'> = new StopMarks(directories),
): Promise<Result<UnrecordedStop, ApiError>> {
  const {run, simulated} = found;
  printProgress(output, `No supervisor can start (${problem}): stopping the engine (pid ${run.pid}) without one.`);
  const atMs = Date.now();
  const stop = {type: 'intention-begun', atMs, intention: stopAt(atMs), bootId: readBootId(), simulated} as const;
  // Before anything is done about it: a supervisor that can start meanwhile carries it on.
  const notedIn = marks.write({stop, after: subject});
  terminateLeader(run);
  await waitUntilGone(run, {timeoutMs: defaultLifecyclePolicy.terminateGraceMs, pollMs: POLL_MS});
  await killSession(run);
  const left = await waitUntilGone(run, {timeoutMs: defaultLifecyclePolicy.killGraceMs, pollMs: POLL_MS});
  return left.length > 0 ? err(remaining(left.map(({pid}) => pid))) : ok({notedIn});
}

/** Why a drain is refused there, and what works. */
export function drainUnsupervised({problem}: UnsupervisedEngine): ApiError {
  return {
    code: 'engine.drain-unsupervised',
    message: `The engine cannot be drained: nothing watches a drain without a supervisor, and none can start (${problem}).`,
    remedy:
      'gantry down, without --drain, stops the engine there too, and drops its running requests. To drain it, free space in the state directory first, or make it writable.',
  };
}

function stopAt(atMs: number): Intention {
  return {
    id: `stop-${atMs}-unsupervised`,
    verb: 'stop',
    cause: 'operator',
    by: senderText({client: CLIENT_NAME, terminal: terminalName()}),
    requestedAtMs: atMs,
    start: null,
    drainUntilMs: null,
    backOff: null,
    rolledBack: null,
    crashes: null,
    exit: null,
  };
}

function remaining(pids: readonly number[]): ApiError {
  const held = pids.map((pid) => ({pid, gpuBytes: null}));
  return refusalOf(processesRemainFinding(defaultLifecyclePolicy.killGraceMs, held));
}
