import {toEngineChoice} from '../../config/configuration.ts';
import type {KnownVersions} from '../../engines/planning/planned-version.ts';
import {findEngine} from '../../engines/registry.ts';
import {isPresent} from '../../samples/reading.ts';
import {simulatedVersions} from '../../simulator/install.ts';
import {readInstalledVersion} from '../../sources/engine-installation/find-engine.ts';
import {searchPlaces} from '../../supervisor/launch/installed-engines.ts';
import {recordedState} from '../supervision/recorded-state.ts';
import type {Wiring} from '../wiring.ts';

/**
 * What is known of the version of an engine on this node or, `isSimulated`, the simulated one. From files and a running
 * supervisor: an engine takes ten seconds to say its version.
 */
export async function readVersions(
  wiring: Wiring,
  name: string,
  isSimulated: boolean,
): Promise<Omit<KnownVersions, 'engineVersion'>> {
  const engine = findEngine(name);
  if (engine === undefined) return {installedVersion: null, runningVersion: null};
  const {configuration, environment} = wiring;
  const [installedVersion, run] = await Promise.all([
    isSimulated
      ? (simulatedVersions[engine.installation.program] ?? null)
      : readInstalledVersion(engine.installation, searchPlaces(engine, toEngineChoice(configuration), environment)),
    readRun(wiring),
  ]);
  const isOfRun = run.engine === name && run.isSimulated === isSimulated;
  return {installedVersion, runningVersion: isOfRun ? run.version : null};
}

type Run = {readonly engine: string | null; readonly version: string | null; readonly isSimulated: boolean};

/** The engine of the supervisor, or the one that a new supervisor would find; no version while none runs. */
async function readRun(wiring: Wiring): Promise<Run> {
  const present = await wiring.client.getSnapshot();
  if (present.ok) {
    const {engine, simulated} = present.value;
    return {
      engine: engine.name,
      version: engine.runId !== null && isPresent(engine.version) ? engine.version : null,
      isSimulated: simulated,
    };
  }
  const {state, simulatedNode} = await recordedState(wiring, Date.now());
  const version = state.run === null ? null : state.version;
  return {engine: state.settings?.engine ?? null, version, isSimulated: simulatedNode !== null};
}
