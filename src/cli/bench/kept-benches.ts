import type {BenchDocument} from '../../api/bench/bench-document.ts';
import type {ApiError} from '../../api/commands.ts';
import {readPastBenches} from '../../history/past/read-past-benches.ts';
import {ok, type Result} from '../../shared/result.ts';
import {historyPath} from '../past/history-path.ts';
import type {Wiring} from '../wiring.ts';

/**
 * Kept benchmarks, the newest first: from the supervisor; without one, from the history of this node or, if it has none, of the
 * simulated node.
 */
export async function findBenches({
  client,
  directories,
}: Pick<Wiring, 'client' | 'directories'>): Promise<Result<readonly BenchDocument[], ApiError>> {
  const present = await client.getBenches();
  if (present.ok) return ok(present.value.benches);
  if (present.error.code !== 'supervisor.unavailable') return present;
  const real = readPastBenches(historyPath(directories.dataDir, false));
  if (!real.ok || real.value.length > 0) return real;
  return readPastBenches(historyPath(directories.dataDir, true));
}
