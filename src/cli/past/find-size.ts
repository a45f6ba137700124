import type {ApiError} from '../../api/commands.ts';
import type {RightSize} from '../../domain/cost/right-size/right-size.ts';
import {readPastHistory} from '../../history/past/read-past-history.ts';
import {type PastNode, readPastNode} from '../../history/past/read-past-node.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {lookUpModel} from '../../sources/model-files/look-up-model.ts';
import {presentOfPast} from '../../supervisor/cost/size/past-node.ts';
import {sizeOfNode} from '../../supervisor/cost/size/size-of-node.ts';
import {modelEnvironment} from '../../supervisor/launch/model-environment.ts';
import {homeDirectory} from '../../supervisor/operating-user.ts';
import type {Wiring} from '../wiring.ts';
import {historyPath, noHistory} from './history-path.ts';

/** How large a node has to be, and what says so. */
export type FoundSize = {
  readonly size: RightSize;
  readonly simulated: boolean;
  /** Of a history file: until when the node was watched, epoch ms. Null for a running supervisor. */
  readonly watchedUntilMs: number | null;
};

type Needs = Pick<Wiring, 'client' | 'directories' | 'environment' | 'loaded'>;

/**
 * How large context and node have to be for what was asked of this node: by the supervisor; without one, by the history of
 * this node or, if it has none, of the simulated node, as of when it was last watched.
 */
export async function findSize(wiring: Needs, windowMs: number, nowMs: number): Promise<Result<FoundSize, ApiError>> {
  const {client, environment, loaded} = wiring;
  const models = modelEnvironment({homeDirectory: homeDirectory(), variables: environment});
  const lookUp = async (model: string) => {
    const found = await lookUpModel(model, models);
    return found.ok ? found.value : null;
  };
  const sources = {lookUp, prices: loaded.prices().published, nowMs};
  const present = await client.getSnapshot();
  if (present.ok) {
    const size = await sizeOfNode({...sources, snapshot: present.value, getHistory: client.getHistory}, windowMs);
    return size.ok ? ok({size: size.value, simulated: present.value.simulated, watchedUntilMs: null}) : size;
  }
  if (present.error.code !== 'supervisor.unavailable') return present;
  const found = findPast(wiring);
  if (!found.ok) return found;
  const {past, path, simulated} = found.value;
  const watchedUntilMs = past.watchedUntilMs ?? nowMs;
  const onDisk = past.start === null ? null : await lookUp(past.start.settings.model);
  const size = await sizeOfNode(
    {
      ...sources,
      watchedUntilMs,
      snapshot: presentOfPast(past, onDisk),
      getHistory: (query) => Promise.resolve(readPastHistory(path, query, nowMs)),
    },
    windowMs,
  );
  return size.ok ? ok({size: size.value, simulated, watchedUntilMs}) : size;
}

type FoundPast = {readonly past: PastNode; readonly path: string; readonly simulated: boolean};

/** The real node's file, or that of the simulated node where only that has an engine that became ready. */
function findPast({directories}: Pick<Needs, 'directories'>): Result<FoundPast, ApiError> {
  let first: FoundPast | null = null;
  for (const simulated of [false, true]) {
    const path = historyPath(directories.dataDir, simulated);
    const past = readPastNode(path);
    if (!past.ok) return past;
    if (past.value === null) continue;
    const found = {past: past.value, path, simulated};
    if (past.value.start !== null) return ok(found);
    first ??= found;
  }
  return first === null
    ? err(noHistory('Start one with gantry up or gantry: it watches what is asked of the node.'))
    : ok(first);
}
