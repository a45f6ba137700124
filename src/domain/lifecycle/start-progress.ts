import {absent, isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import {median} from '../../shared/median.ts';
import {type StartPhase, startPhases} from './phases.ts';

/** How long each phase of one start took, milliseconds. Phases that the start did not have are absent. */
export type PhaseDurations = Partial<Readonly<Record<StartPhase, number>>>;

/**
 * A published start of Kimi K2.5 on 8 x H100: about 7 minutes, of which 5.5 for the weights, 15 s for torch.compile
 * with a warm cache and 8 s for the graphs. Only used as weights of the phases in the completed fraction, until this
 * node has a start of its own; never for a remaining time.
 */
const typicalDurationsMs: PhaseDurations = {
  launch: 15_000,
  resolve: 15_000,
  'load-weights': 330_000,
  compile: 15_000,
  profile: 20_000,
  'kv-cache': 5_000,
  'capture-graphs': 8_000,
  serve: 12_000,
};

/** Elapsed time alone never moves a phase beyond this: only the log completes it. */
const MAX_RATIO_BY_TIME = 0.95;
/** A rate over less of the bytes, or less time, is noise. */
const MIN_RATIO_FOR_RATE = 0.02;
const MIN_RATE_WINDOW_MS = 5_000;
/** From this fraction of a phase on, its own pace is a better estimate than earlier starts. */
const MIN_PHASE_RATIO_FOR_PACE = 0.1;
/** A phase that takes longer than in earlier starts says little of the rest, once the excess is this part of the rest. */
const MAX_EXCESS_OF_REST = 0.25;
/** Only readiness is 1. */
const MAX_RATIO_WHILE_STARTING = 0.99;

export type StartProgressInput = {
  readonly phase: StartPhase | null;
  /** Completed fraction of the phase, 0..1, from the engine's log. */
  readonly phaseRatio: Reading<number>;
  readonly phaseEnteredAtMs: PhaseEntryTimes;
  readonly nowMs: number;
  /** Earlier starts of this node with comparable settings, newest first or last alike. */
  readonly earlierStarts: readonly PhaseDurations[];
  /** Size of the checkpoint, bytes. */
  readonly checkpointBytes: Reading<number>;
};

/** When each phase of a start was entered, wall clock. */
export type PhaseEntryTimes = Partial<Readonly<Record<StartPhase, number>>>;

export type StartProgress = {
  /** Completed fraction of the whole start, 0..1. */
  readonly progressRatio: Reading<number>;
  /** Time until ready, milliseconds, by this node's earlier starts. */
  readonly etaMs: Reading<number>;
  /** Time until the bytes of the current phase are read, and the rate so far; absent where `etaMs` is known. */
  readonly phaseEta: Reading<{readonly ms: number; readonly bytesPerSecond: number}>;
};

/**
 * Progress of a start and its remaining time. The remaining time comes from this node's comparable earlier starts.
 * Without any, only the end of a phase that moves bytes is estimated, from the rate of this start; no other.
 */
export function startProgress(input: StartProgressInput): StartProgress {
  const {phase, earlierStarts} = input;
  if (phase === null) {
    const reason = absent('the engine has not been launched yet');
    return {progressRatio: reason, etaMs: reason, phaseEta: reason};
  }
  const isKnown = earlierStarts.length > 0;
  const expected = isKnown ? medianDurations(earlierStarts) : typicalDurationsMs;
  const share = phaseShare(input, phase, expected);
  const index = startPhases.indexOf(phase);
  const durationMs = expected[phase] ?? 0;
  const doneMs = sumMs(expected, startPhases.slice(0, index)) + durationMs * share;
  const laterMs = sumMs(expected, startPhases.slice(index + 1));
  const totalMs = sumMs(expected, startPhases);
  return {
    progressRatio: totalMs === 0 ? 0 : Math.min(MAX_RATIO_WHILE_STARTING, doneMs / totalMs),
    etaMs: isKnown ? restMs(input, phase, {durationMs, laterMs}) : absent('no comparable start on this node yet'),
    phaseEta: isKnown ? absent('the time until ready is known') : phaseEta(input, phase),
  };
}

/** How far the present phase is by the log, 0..1, and for one that reads the weights their size, bytes. */
export function phaseProgress({
  phase,
  phaseRatio,
  checkpointBytes,
}: Pick<StartProgressInput, 'phase' | 'phaseRatio' | 'checkpointBytes'>): {
  readonly ratio: Reading<number>;
  readonly totalBytes: Reading<number>;
} {
  return {ratio: phaseRatio, totalBytes: readsBytes(phase) ? checkpointBytes : noBytes};
}

const noBytes = absent('this phase does not read bytes');

function readsBytes(phase: StartPhase | null): boolean {
  return phase === 'download' || phase === 'load-weights';
}

/** Bytes per second of a phase that has read this fraction of all bytes; null while that is noise. */
export function readingRate(totalBytes: number, ratio: number, elapsedMs: number): number | null {
  if (ratio < MIN_RATIO_FOR_RATE || elapsedMs < MIN_RATE_WINDOW_MS) return null;
  return (totalBytes * ratio * 1000) / elapsedMs;
}

/** Bytes left over bytes per second, both of this start. */
function phaseEta(input: StartProgressInput, phase: StartPhase): StartProgress['phaseEta'] {
  if (!readsBytes(phase)) return noBytes;
  const {phaseRatio, checkpointBytes} = input;
  if (isAbsent(phaseRatio)) return phaseRatio;
  if (isAbsent(checkpointBytes)) return checkpointBytes;
  if (phaseRatio >= 1) return absent('all bytes are read');
  const elapsedMs = elapsedInPhaseMs(input, phase) ?? 0;
  const bytesPerSecond = readingRate(checkpointBytes, phaseRatio, elapsedMs);
  if (bytesPerSecond === null) return absent('too early for a rate');
  return {ms: (checkpointBytes * (1 - phaseRatio) * 1000) / bytesPerSecond, bytesPerSecond};
}

/** Durations of the phases of a start that became ready; null when its phases were not seen as they came. */
export function phaseDurations(enteredAtMs: PhaseEntryTimes, readyAtMs: number): PhaseDurations | null {
  const entries = startPhases.flatMap((phase) => {
    const atMs = enteredAtMs[phase];
    return atMs === undefined ? [] : [{phase, atMs}];
  });
  if (entries.length === 0) return null;
  const durations = entries.map(({phase, atMs}, index) => {
    const endMs = entries[index + 1]?.atMs ?? readyAtMs;
    return [phase, Math.max(0, endMs - atMs)] as const;
  });
  return Object.fromEntries(durations);
}

function phaseShare(input: StartProgressInput, phase: StartPhase, expected: PhaseDurations): number {
  if (isPresent(input.phaseRatio)) return Math.min(1, Math.max(0, input.phaseRatio));
  const elapsedMs = elapsedInPhaseMs(input, phase);
  const durationMs = expected[phase] ?? 0;
  if (elapsedMs === null || durationMs === 0) return 0;
  return Math.min(MAX_RATIO_BY_TIME, elapsedMs / durationMs);
}

function restMs(
  input: StartProgressInput,
  phase: StartPhase,
  {durationMs, laterMs}: {readonly durationMs: number; readonly laterMs: number},
): Reading<number> {
  const excessMs = (elapsedInPhaseMs(input, phase) ?? 0) - durationMs;
  if (unfinishedRatio(input) === null && excessMs >= 0 && excessMs >= laterMs * MAX_EXCESS_OF_REST) {
    return absent('this phase takes longer than in earlier starts');
  }
  return phaseRestMs(input, phase, durationMs) + laterMs;
}

function phaseRestMs(input: StartProgressInput, phase: StartPhase, durationMs: number): number {
  const elapsedMs = elapsedInPhaseMs(input, phase);
  const ratio = unfinishedRatio(input);
  if (ratio === null) return Math.max(0, durationMs - (elapsedMs ?? 0));
  if (elapsedMs === null || ratio < MIN_PHASE_RATIO_FOR_PACE) return durationMs * (1 - ratio);
  return (elapsedMs * (1 - ratio)) / ratio;
}

/** Null for a phase without a fraction, or with all of it: what it still waits for has none. */
function unfinishedRatio({phaseRatio}: StartProgressInput): number | null {
  return isAbsent(phaseRatio) || phaseRatio >= 1 ? null : Math.max(0, phaseRatio);
}

function elapsedInPhaseMs({phaseEnteredAtMs, nowMs}: StartProgressInput, phase: StartPhase): number | null {
  const enteredAtMs = phaseEnteredAtMs[phase];
  return enteredAtMs === undefined ? null : Math.max(0, nowMs - enteredAtMs);
}

function medianDurations(starts: readonly PhaseDurations[]): PhaseDurations {
  const medians = startPhases.map((phase) => [phase, median(starts.map((start) => start[phase] ?? 0)) ?? 0] as const);
  return Object.fromEntries(medians);
}

function sumMs(durations: PhaseDurations, phases: readonly StartPhase[]): number {
  return phases.reduce((sum, phase) => sum + (durations[phase] ?? 0), 0);
}
