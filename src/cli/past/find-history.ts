import type {ApiError} from '../../api/commands.ts';
import type {History, HistoryQuery} from '../../api/history.ts';
import {readPastHistory} from '../../history/past/read-past-history.ts';
import {ok, type Result} from '../../shared/result.ts';
import type {Wiring} from '../wiring.ts';
import {historyPath} from './history-path.ts';

/** Points of kept series, and whether they are of the simulated node. */
export type FoundHistory = {readonly history: History; readonly simulated: boolean};

/**
 * Series from the supervisor; without one, from the history of this node or, if it has none, of the simulated node. In a
 * file there is nothing of the last minute before its supervisor was killed.
 */
export async function findHistory(
  {client, directories}: Pick<Wiring, 'client' | 'directories'>,
  query: HistoryQuery,
  nowMs: number,
): Promise<Result<FoundHistory, ApiError>> {
  const present = await client.getHistory(query);
  if (present.ok) {
    const snapshot = await client.getSnapshot();
    return ok({history: present.value, simulated: snapshot.ok && snapshot.value.simulated});
  }
  if (present.error.code !== 'supervisor.unavailable') return present;
  const real = readPastHistory(historyPath(directories.dataDir, false), query, nowMs);
  if (!real.ok) return real;
  if (hasPoints(real.value)) return ok({history: real.value, simulated: false});
  const simulated = readPastHistory(historyPath(directories.dataDir, true), query, nowMs);
  return simulated.ok ? ok({history: simulated.value, simulated: hasPoints(simulated.value)}) : simulated;
}

function hasPoints({series, gpus = []}: History): boolean {
  return [series, ...gpus.map((gpu) => gpu.series)].some((of) =>
    Object.values(of).some((points) => points !== undefined && points.length > 0),
  );
}
