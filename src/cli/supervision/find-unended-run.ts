import {type ApiError, refusalOf} from '../../api/commands.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {isSameProcess} from '../../supervisor/process/process-identity.ts';
import type {Directories} from '../../supervisor/state-dir/directories.ts';
import {findOpenIntention} from '../../supervisor/state-dir/find-intention.ts';
import {readJournal} from '../../supervisor/state-dir/journal.ts';
import {readRuns} from '../../supervisor/state-dir/recovery/read-runs.ts';
import type {OtherEngine} from '../../supervisor/state-dir/recovery/reconcile-runs.ts';
import {alsoRunningFinding, strayText} from '../../supervisor/state-dir/recovery/recovery-findings.ts';

/** A run without a recorded end. */
export type UnendedRun = {
  readonly pid: number;
  /** Directory of its simulated node; null on the real node. */
  readonly simulatedNode: string | null;
  readonly settings: LaunchSettings;
  /** True while its engine runs and was ready before. */
  readonly isServing: boolean;
};

/** What a new supervisor has to take over: a run without a recorded end, or an intention without one. */
export type Unfinished = {
  /** Directory of the simulated node that it is about; null on the real node. */
  readonly simulatedNode: string | null;
};

/** What an earlier supervisor left to do; null for nothing. An engine that could not be adopted is an error that names it. */
export async function findUnfinished(directories: Directories): Promise<Result<Unfinished | null, ApiError>> {
  const run = await requireKnownEngine(directories);
  if (!run.ok || run.value !== null) return run;
  const journal = readJournal(directories);
  const open = journal.ok ? findOpenIntention(journal.value.entries) : null;
  return ok(open === null ? null : {simulatedNode: open.simulated?.directory ?? null});
}

/** The run that a new supervisor would adopt; null if there is none. An engine that could not be adopted is an error that names it. */
export async function requireKnownEngine(directories: Directories): Promise<Result<UnendedRun | null, ApiError>> {
  const {adoptable, others} = await readRuns(directories);
  const [other] = others;
  if (adoptable === null) return other === undefined ? ok(null) : err(unmanaged(other));
  const {run, simulated, settings, readyAtMs} = adoptable;
  return ok({
    pid: run.pid,
    simulatedNode: simulated?.directory ?? null,
    settings,
    isServing: readyAtMs !== null && isSameProcess(run),
  });
}

/** What is to be said of other processes with the mark of a run, where no supervisor and no engine of its own is found; null for none. */
export async function findStrays({stateDir}: Directories): Promise<Pick<ApiError, 'message' | 'remedy'> | null> {
  const {strays} = await readRuns({stateDir});
  return strays.length === 0 ? null : strayText(strays);
}

function unmanaged(engine: OtherEngine): ApiError {
  return refusalOf(alsoRunningFinding(engine));
}
