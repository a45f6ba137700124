import {type ApiError, refusalOf} from '../../api/commands.ts';
import {processesRemainFinding} from '../../domain/lifecycle/lifecycle-findings.ts';
import {defaultLifecyclePolicy} from '../../domain/lifecycle/restart-policy.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {findWriteProblem} from '../../supervisor/launch/world/host-probes.ts';
import {killSession, listSession, terminateLeader, waitUntilGone} from '../../supervisor/process/session.ts';
import {findLivingSupervisor} from '../../supervisor/state-dir/lock/living-supervisor.ts';
import {readRuns} from '../../supervisor/state-dir/recovery/read-runs.ts';
import {printProgress} from '../output.ts';
import type {Wiring} from '../wiring.ts';

const POLL_MS = 100;

/**
 * Stops the engine where no supervisor can start, because its directory is full or read-only: by the pids and start times of
 * its processes, without a drain and without a record. Null where that is not the case, or no engine runs: then the
 * reason why no supervisor starts stands.
 */
export async function stopUnrecorded({directories, output}: Wiring): Promise<Result<string, ApiError> | null> {
  const problem = await findWriteProblem(directories.stateDir);
  if (problem === null || (await findLivingSupervisor(directories)) !== null) return null;
  const {adoptable} = await readRuns(directories);
  if (adoptable === null) return null;
  const {run} = adoptable;
  if ((await listSession(run)).length === 0) return null;
  printProgress(output, `No supervisor can start (${problem}): stopping the engine (pid ${run.pid}) without one.`);
  terminateLeader(run);
  await waitUntilGone(run, {timeoutMs: defaultLifecyclePolicy.terminateGraceMs, pollMs: POLL_MS});
  await killSession(run);
  const left = await waitUntilGone(run, {timeoutMs: defaultLifecyclePolicy.killGraceMs, pollMs: POLL_MS});
  if (left.length > 0) return err(remaining(left.map(({pid}) => pid)));
  return ok(
    'The engine is stopped. This could not be recorded: the next supervisor takes it for a crash, and may restart the engine. Run gantry down again as soon as the state directory can be written.',
  );
}

function remaining(pids: readonly number[]): ApiError {
  const held = pids.map((pid) => ({pid, gpuBytes: null}));
  return refusalOf(processesRemainFinding(defaultLifecyclePolicy.killGraceMs, held));
}
