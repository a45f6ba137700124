import type {DiagnosedPhase} from '../../domain/diagnosis/log-diagnosis.ts';
import type {StartPhase} from '../../domain/lifecycle/phases.ts';

/** A phase of a start, where it began, and when by the clock of the log. */
export type EnteredPhase = {readonly phase: StartPhase; readonly lineNumber: number; readonly atMs: number | null};

/** The phases of a start in their order, and whether and when it was ready. */
type StartTimes = {
  readonly entered: readonly EnteredPhase[];
  readonly isReady: boolean;
  readonly readyAtMs: number | null;
};

/** The phases with their durations, in seconds; the last one is as long as the log. */
export function phasesOf({entered, isReady, readyAtMs}: StartTimes, lastMs: number | null): readonly DiagnosedPhase[] {
  return entered.map(({phase, lineNumber, atMs}, index) => {
    const next = entered[index + 1];
    const endMs = next === undefined ? (isReady ? readyAtMs : lastMs) : next.atMs;
    return {phase, lineNumber, seconds: secondsBetween(atMs, endMs)};
  });
}

/** From its first phase until it was ready, in seconds; null without times. */
export function startSecondsOf({entered, readyAtMs}: StartTimes): number | null {
  return secondsBetween(entered[0]?.atMs ?? null, readyAtMs);
}

function secondsBetween(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null || toMs < fromMs ? null : (toMs - fromMs) / 1000;
}
