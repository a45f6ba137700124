import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {PhaseDurations} from '../../domain/lifecycle/start-progress.ts';
import type {HistoryStore} from '../../history/open-history.ts';

const STARTS_LEARNED_FROM = 10;

/** Phase durations of this node's latest starts. */
export function readEarlierStarts(history: HistoryStore): readonly PhaseDurations[] {
  return history.readStarts(STARTS_LEARNED_FROM).map((start) => start.phaseDurationsMs);
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
