import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {err, type Result} from '../../shared/result.ts';
import {findLivingSupervisor} from '../../supervisor/state-dir/lock/living-supervisor.ts';
import {lastEndRemedy, lastEndText, readLastEnd} from '../../supervisor/state-dir/recovery/last-end.ts';
import {printProgress} from '../output.ts';
import {type Wiring, withoutPlace} from '../wiring.ts';
import {findStrays, findUnfinished} from './find-unended-run.ts';
import {findSuccessorProblem, notReplaced} from './process/judge-successor.ts';
import {reachSupervisor} from './process/reach-supervisor.ts';
import {isOutdated, retireSupervisor, waitUntilGone} from './process/replace-supervisor.ts';
import {startSupervisor} from './process/start-supervisor.ts';

/** States in which an engine is running or about to run. */
const liveStates: ReadonlySet<string> = new Set([
  'preflight',
  'starting',
  'ready',
  'degraded',
  'draining',
  'stopping',
  'backing-off',
]);

/** True when the supervisor of this snapshot manages an engine. */
export function knowsEngine(snapshot: Snapshot): boolean {
  return liveStates.has(snapshot.engine.state);
}

/**
 * The running supervisor's snapshot; starts a detached one if there is none.
 *
 * @param simulatedNode - requests the simulated node in that directory: an idle supervisor of the real node is replaced,
 *   one that manages an engine is returned unchanged. Null for whichever node the running supervisor has
 */
export async function ensureSupervisor(
  wiring: Wiring,
  simulatedNode: string | null,
): Promise<Result<Snapshot, ApiError>> {
  const present = await currentSupervisor(wiring);
  if (present.ok) {
    const isWanted = simulatedNode === null || present.value.simulated;
    if (isWanted || knowsEngine(present.value)) return present;
    const problem = await findSuccessorProblem(wiring);
    if (problem !== null) return err(notReplaced(problem, present.value.supervisor.pid));
    const reply = await wiring.client.sendCommand({type: 'shutdown'});
    if (!reply.ok) return reply;
    if (!reply.value.accepted) return err(reply.value.error);
    const gone = await waitUntilGone(wiring);
    if (!gone.ok) return gone;
  } else if (present.error.code !== 'supervisor.unavailable') {
    return present;
  }
  return startSupervisor(wiring, simulatedNode);
}

/**
 * The supervisor for a read-only or stop command: the running one, or a new one if a dead supervisor left a run or a command unfinished.
 * Without either, an error.
 */
export async function ensureKnownSupervisor(wiring: Wiring): Promise<Result<Snapshot, ApiError>> {
  const present = await currentSupervisor(wiring);
  if (present.ok || present.error.code !== 'supervisor.unavailable') return present;
  const unfinished = await findUnfinished(wiring.directories);
  if (!unfinished.ok) return unfinished;
  if (unfinished.value !== null) return startSupervisor(wiring, unfinished.value.simulatedNode);
  // An invalid file is the first thing to correct: no supervisor starts with it.
  if (wiring.configurationError !== null) return err(withoutPlace(wiring.configurationError));
  return err(await nothingRuns(wiring));
}

/** Without a supervisor and anything to take over: how the last run ended, and what else is running. */
async function nothingRuns({directories}: Wiring): Promise<ApiError> {
  const end = readLastEnd(directories);
  const strays = await findStrays(directories);
  const nothing =
    strays === null ? 'No supervisor is running, and no engine was left running.' : 'No supervisor is running.';
  const start = 'Start an engine with gantry up, open the console with gantry, or try gantry demo.';
  const messages = [nothing, strays?.message ?? '', end === null ? '' : lastEndText(end)];
  const remedies = [strays?.remedy ?? '', end === null ? '' : lastEndRemedy(end), start];
  return {code: 'supervisor.unavailable', message: joined(messages), remedy: joined(remedies)};
}

function joined(sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

/** The running supervisor's snapshot, after replacing one of an older Gantry. One that lives is reached or named. */
async function currentSupervisor(wiring: Wiring): Promise<Result<Snapshot, ApiError>> {
  const present = await reachedSnapshot(wiring);
  if (!isOutdated(present, wiring.version)) return present;
  const problem = await findSuccessorProblem(wiring);
  if (problem !== null) return notRetired(wiring, present, problem);
  printProgress(wiring.output, 'Replacing the supervisor of an older Gantry; the engine keeps serving.');
  const retired = await retireSupervisor(wiring);
  if (!retired.ok) return retired;
  const unfinished = await findUnfinished(wiring.directories);
  return startSupervisor(wiring, unfinished.ok ? (unfinished.value?.simulatedNode ?? null) : null);
}

/** One of an older Gantry stays where no new one could start; it is of use as far as it can be understood. */
function notRetired(
  {output}: Wiring,
  present: Result<Snapshot, ApiError>,
  problem: ApiError,
): Result<Snapshot, ApiError> {
  if (!present.ok) return err(problem);
  const {pid, version} = present.value.supervisor;
  printProgress(output, `The supervisor of Gantry ${version} is not replaced. ${notReplaced(problem, pid).message}`);
  return present;
}

/** The snapshot of the running supervisor, also of one that must listen again first. */
async function reachedSnapshot(wiring: Wiring): Promise<Result<Snapshot, ApiError>> {
  const present = await wiring.client.getSnapshot();
  if (present.ok || present.error.code !== 'supervisor.unavailable') return present;
  const living = await findLivingSupervisor(wiring.directories);
  return (living === null ? null : await reachSupervisor(wiring, living)) ?? present;
}
