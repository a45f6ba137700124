import path from 'node:path';
import type {Engine} from '../../engines/engine.ts';
import {ok, type Result} from '../../shared/result.ts';
import {findEngineInstallation} from '../../sources/engine-installation/find-engine.ts';
import type {EngineNotFound, FoundEngine, SearchPlaces} from '../../sources/engine-installation/found-engine.ts';
import type {EngineChoice} from '../configuration/active-configuration.ts';
import type {Clock} from '../loop/clock.ts';
import {homeDirectory} from '../operating-user.ts';
import type {StandIns, World} from '../world.ts';

/** A search reads a few hundred directories and may run a client; the result is cached for one start. */
const LIFETIME_MS = 30_000;

type Variables = Readonly<Record<string, string | undefined>>;

/** The result of an engine search. */
export type Installation = Result<FoundEngine, EngineNotFound>;

/** Search locations of this engine on this host. */
export function searchPlaces(engine: Engine, choice: EngineChoice | null, variables: Variables): SearchPlaces {
  const isChosen = choice !== null && choice.engine === engine.name;
  return {
    variables,
    homeDirectory: homeDirectory(),
    executable: isChosen ? choice.executable : null,
    container: isChosen ? choice.container : null,
  };
}

/**
 * Finds engines and caches the result briefly, so that a preflight and its launch search once. Failures are not cached:
 * the engine may be installed meanwhile.
 */
export function createInstalledEngines(
  places: (engine: Engine) => SearchPlaces,
  clock: Pick<Clock, 'monotonicMs'>,
): (engine: Engine) => Promise<Installation> {
  type Known = {readonly atMs: number; readonly searched: string; readonly found: Promise<Installation>};
  const known = new Map<string, Known>();
  return async (engine) => {
    const here = places(engine);
    // Another configured place makes another search.
    const searched = JSON.stringify([here.executable, here.container]);
    const recent = known.get(engine.name);
    const isRecent = recent !== undefined && clock.monotonicMs() - recent.atMs < LIFETIME_MS;
    if (isRecent && recent.searched === searched) return recent.found;
    const entry = {
      atMs: clock.monotonicMs(),
      searched,
      found: findEngineInstallation(engine.installation, here),
    };
    known.set(engine.name, entry);
    const found = await entry.found;
    if (!found.ok && known.get(engine.name) === entry) known.delete(engine.name);
    return found;
  };
}

/** How engines are found in a world: by a search, or as replacement programs. */
export function installationFinder(
  {
    world,
    environment,
    engineChoice,
  }: {
    readonly world: Pick<World, 'standIns'>;
    readonly environment: Variables;
    /** As configured now. */
    readonly engineChoice: () => EngineChoice | null;
  },
  clock: Pick<Clock, 'monotonicMs'>,
): (engine: Engine) => Promise<Installation> {
  if (world.standIns !== null) return standInsIn(world.standIns);
  return createInstalledEngines((engine) => searchPlaces(engine, engineChoice(), environment), clock);
}

function standInsIn({directory, versions}: StandIns): (engine: Engine) => Promise<Installation> {
  return ({installation}) =>
    Promise.resolve(
      ok({
        kind: 'stand-in',
        path: path.join(directory, installation.program),
        version: versions[installation.program] ?? null,
        versionSource: 'simulated engine',
      } as const),
    );
}
