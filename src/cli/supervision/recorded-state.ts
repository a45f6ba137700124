import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {initialLifecycleState} from '../../domain/lifecycle/step.ts';
import {transition} from '../../domain/lifecycle/transition.ts';
import {readValueDigests} from '../../supervisor/access/value-digests.ts';
import {LaunchBook} from '../../supervisor/configuration/launch-book.ts';
import {keepRecordedLaunches} from '../../supervisor/configuration/recorded-launches.ts';
import {isSameProcess} from '../../supervisor/process/process-identity.ts';
import {findEarlierRuns} from '../../supervisor/state-dir/journal.ts';
import {readRuns} from '../../supervisor/state-dir/recovery/read-runs.ts';
import type {Wiring} from '../wiring.ts';
import {configuredLaunch} from './configured-launch.ts';

/** What the records say while no supervisor runs. */
export type RecordedState = {
  /** The state that a new supervisor would find: a running engine of an earlier supervisor, or none. */
  readonly state: LifecycleState;
  /** Where the settings of earlier launches came from. */
  readonly launches: LaunchBook;
  /** The running engine; null for none. */
  readonly run: RunIdentity | null;
  /** Directory of the node of a simulated engine that runs; null otherwise. */
  readonly simulatedNode: string | null;
};

/** Reads the records as a new supervisor would; changes nothing. */
export async function recordedState(
  {loaded, directories}: Pick<Wiring, 'loaded' | 'directories'>,
  nowMs: number,
): Promise<RecordedState> {
  const {entries, adoptable: found} = await readRuns(directories);
  const launches = new LaunchBook(await readValueDigests(directories));
  keepRecordedLaunches(launches, entries, configuredLaunch(loaded));
  const state = initialLifecycleState(findEarlierRuns(entries, false));
  if (found === null || !isSameProcess(found.run)) return {state, launches, run: null, simulatedNode: null};
  const {run, settings, readyAtMs, isOutputBroken, isTextUnchecked, simulated, engineVersion: version} = found;
  const event = {
    type: 'engine-adopted',
    run,
    settings,
    readyAtMs,
    version,
    isOutputBroken,
    isTextUnchecked,
    atMs: nowMs,
  } as const;
  const adopted = transition(state, event);
  return {state: adopted.state, launches, run, simulatedNode: simulated?.directory ?? null};
}
