import type {EarlierStart} from '../../domain/lifecycle/earlier-starts.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {HistoryStore} from '../../history/open-history.ts';

/** Enough to have ten of the same engine and model among those of others. */
const STARTS_READ = 100;

/** This node's latest starts, of any engine and model. */
export function readEarlierStarts(history: HistoryStore): readonly EarlierStart[] {
  return history.readStarts(STARTS_READ);
}

/** Stores the phase durations of a finished start, for the next estimate. An adopted run's times are not meaningful. */
export function recordStart(history: HistoryStore, state: LifecycleState): void {
  const {run, settings, readyAtMs} = state;
  if (run === null || settings === null || readyAtMs === null || state.internal.isAdopted) return;
  const entered = Object.entries(state.phaseEnteredAtMs).sort(([, a], [, b]) => a - b);
  history.recordStart({
    runId: run.runId,
    engineName: settings.engine,
    phaseDurationsMs: Object.fromEntries(
      entered.map(([phase, atMs], index) => [phase, (entered[index + 1]?.[1] ?? readyAtMs) - atMs]),
    ),
    totalMs: readyAtMs - run.startedAtMs,
    settings,
  });
}
