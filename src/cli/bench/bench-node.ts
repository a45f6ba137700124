import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {PriceBook} from '../../domain/cost/price-book.ts';
import {stateNameOf} from '../../domain/lifecycle/phases.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Engine} from '../../engines/engine.ts';
import {findEngine} from '../../engines/registry.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import type {LoadTarget} from '../../sources/bench/stream-answer.ts';
import {runKeyOf} from '../../supervisor/access/run-key.ts';
import {runDirectory} from '../../supervisor/state-dir/run-directories.ts';
import type {Wiring} from '../wiring.ts';

/** The engine that is to be loaded, and how it is reached. */
export type BenchNode = {
  readonly snapshot: Snapshot;
  readonly engine: Engine;
  readonly settings: LaunchSettings;
  readonly target: LoadTarget;
};

/** The price book that gives the verdict, as it is in force. */
export function comparedBook({cost}: Snapshot): PriceBook {
  const [first] = cost.priceBooks;
  if (first === undefined) throw new Error('The configuration always has a price book.');
  const {isStale: _, ...book} = first;
  return book;
}

/** The serving engine of this snapshot; an error says why it cannot be loaded. */
export function benchNodeOf(
  snapshot: Snapshot,
  {directories, environment}: Pick<Wiring, 'directories' | 'environment'>,
): Result<BenchNode, ApiError> {
  const {state, settings, endpoint, runId} = snapshot.engine;
  const engine = settings === null ? undefined : findEngine(settings.engine);
  if (state !== 'ready' || settings === null || engine === undefined || endpoint === null) {
    return err({
      code: 'bench.not-serving',
      message: `A benchmark needs an engine that serves, and this one is ${stateNameOf(snapshot.engine)}.`,
      remedy: 'Start it with gantry up --wait, then run gantry bench again.',
    });
  }
  const key = runId === null ? null : runKeyOf(runDirectory(directories.stateDir, runId), engine, environment);
  return ok({
    snapshot,
    engine,
    settings,
    target: {
      baseUrl: endpoint.replace(/\/v1\/?$/, ''),
      chatPath: engine.paths.chat,
      model: settings.servedModelName,
      apiKey: key,
    },
  });
}
