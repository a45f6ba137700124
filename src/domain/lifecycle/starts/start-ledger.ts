import {z} from 'zod';
import {median} from '../../../shared/median.ts';
import type {LifecycleState} from '../lifecycle.ts';
import {type StartPhase, startPhaseSchema, startPhases} from '../phases.ts';
import type {EarlierStart} from './earlier-starts.ts';

/** A phase of a start, against the same phase of earlier starts of this node. */
export const startedPhaseSchema = z.object({
  phase: startPhaseSchema,
  startedAtMs: z.number(),
  /** Null while it runs. */
  durationMs: z.number().nullable(),
  /** Of the start before this one, and the median of the comparable ones; null where they had no such phase. */
  lastMs: z.number().nullable(),
  usualMs: z.number().nullable(),
});
export type StartedPhase = z.infer<typeof startedPhaseSchema>;

type Start = Pick<LifecycleState, 'run' | 'phaseEnteredAtMs' | 'readyAtMs' | 'exit'> & {
  /** The run was found by a later supervisor, which has not seen its phases as they came. */
  readonly isAdopted: boolean;
};

/**
 * The phases of the present start, or of the one that failed, in their order. Those of a run that another supervisor started are
 * read from `earlier`, comparable starts newest first, where its start is recorded; empty elsewhere.
 */
export function startLedger(start: Start, earlier: readonly EarlierStart[]): StartedPhase[] {
  const {run, readyAtMs, exit, phaseEnteredAtMs, isAdopted} = start;
  const recorded = run === null ? undefined : earlier.find(({runId}) => runId === run.runId);
  const entered = isAdopted ? enteredBy(recorded, run?.startedAtMs ?? null) : Object.entries(phaseEnteredAtMs);
  const endMs = readyAtMs ?? (run === null ? (exit?.atMs ?? null) : null);
  const others = earlier.filter((other) => other !== recorded);
  const inOrder = entered.toSorted(([, a], [, b]) => a - b);
  return inOrder.flatMap(([name, startedAtMs], index): StartedPhase[] => {
    const phase = startPhases.find((known) => known === name);
    if (phase === undefined) return [];
    const untilMs = inOrder[index + 1]?.[1] ?? (isAdopted ? (recordedEnd(recorded, run) ?? endMs) : endMs);
    const durations = others.flatMap(({phaseDurationsMs}) => phaseDurationsMs[phase] ?? []);
    return [
      {
        phase,
        startedAtMs,
        durationMs: untilMs === null ? null : Math.max(0, untilMs - startedAtMs),
        lastMs: others[0]?.phaseDurationsMs[phase] ?? null,
        usualMs: median(durations),
      },
    ];
  });
}

/** A phase that a start has not reached, and how long it usually takes. */
export const comingPhaseSchema = z.object({phase: startPhaseSchema, usualMs: z.number()});
export type ComingPhase = z.infer<typeof comingPhaseSchema>;

/** The phases after `present` that most comparable starts had, in their order, with the median of their durations. */
export function comingPhases(present: StartPhase | null, earlier: readonly EarlierStart[]): ComingPhase[] {
  const after = present === null ? startPhases : startPhases.slice(startPhases.indexOf(present) + 1);
  return after.flatMap((phase) => {
    const durations = earlier.flatMap(({phaseDurationsMs}) => phaseDurationsMs[phase] ?? []);
    const usualMs = median(durations);
    return usualMs === null || durations.length * 2 <= earlier.length ? [] : [{phase, usualMs}];
  });
}

function recordedEnd(recorded: EarlierStart | undefined, run: LifecycleState['run']): number | null {
  return recorded === undefined || run === null ? null : run.startedAtMs + recorded.totalMs;
}

/** When the phases of a recorded start began, from the time of its end back. */
function enteredBy(recorded: EarlierStart | undefined, startedAtMs: number | null): (readonly [string, number])[] {
  if (recorded === undefined || startedAtMs === null) return [];
  const phases = startPhases.flatMap((phase) => {
    const durationMs = recorded.phaseDurationsMs[phase];
    return durationMs === undefined ? [] : [{phase, durationMs}];
  });
  let atMs = startedAtMs + recorded.totalMs - phases.reduce((sum, {durationMs}) => sum + durationMs, 0);
  return phases.map(({phase, durationMs}) => {
    const began = atMs;
    atMs += durationMs;
    return [phase, began] as const;
  });
}
