import {roughDurationText, secondsText} from '../../shared/quantities/durations.ts';
import {withDetails} from '../diagnosis/details/details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {applySettingsChange, type LaunchSettings} from '../settings/launch-settings.ts';
import {changeBetween, differencesText, differingSettings, sameSettings} from '../settings/settings-difference.ts';
import type {LifecycleState} from './lifecycle.ts';
import {phaseNames, type StartPhase} from './phases.ts';
import {rolledBackFinding} from './restart-policy.ts';
import type {PhaseDurations} from './start-progress.ts';

/** A phase is slow if it takes at least twice the slowest earlier one, and a minute more. */
const SLOW_FACTOR = 2;
const SLOW_MARGIN_MS = 60_000;

/** Phases that read programs or weights. */
const readingPhases: ReadonlySet<StartPhase> = new Set(['launch', 'resolve', 'download', 'load-weights']);

/**
 * A start that takes far longer in its current phase than any earlier one on this node. There is no timeout: nothing
 * is stopped. Without an earlier start there is no finding, because the usual duration is unknown.
 */
export function slowStartFindings(
  {state, phase, phaseEnteredAtMs}: Pick<LifecycleState, 'state' | 'phase' | 'phaseEnteredAtMs'>,
  nowMs: number,
  earlierStarts: readonly PhaseDurations[],
): Finding[] {
  const enteredAtMs = phase === null ? undefined : phaseEnteredAtMs[phase];
  if (state !== 'starting' || phase === null || enteredAtMs === undefined) return [];
  const durationsMs = earlierStarts.flatMap((start) => start[phase] ?? []);
  if (durationsMs.length === 0) return [];
  const slowestMs = Math.max(...durationsMs);
  const elapsedMs = nowMs - enteredAtMs;
  if (elapsedMs < slowestMs * SLOW_FACTOR || elapsedMs < slowestMs + SLOW_MARGIN_MS) return [];
  const starts =
    durationsMs.length === 1 ? 'the one earlier start' : `the slowest of ${durationsMs.length} earlier starts`;
  return [
    {
      ...withDetails('lifecycle.start-slow', {phase, elapsedMs, slowestMs, earlierStarts: durationsMs.length}),
      severity: 'warning',
      message: `${phaseNames[phase]} has taken ${roughDurationText(elapsedMs)} so far; ${starts} on this node took ${roughDurationText(slowestMs)}.`,
      evidence: null,
      remedy: `Read the newest log lines. ${readingPhases.has(phase) ? 'A cold page cache or a network file system slows loading. ' : ''}The start continues.`,
      settingsChange: null,
    },
  ];
}

/**
 * A starting engine that leaves Gantry's requests for its first token without an answer, with the wait so far. A start has
 * no time limit: only each request has one.
 */
export function awaitedTokenFindings(
  {
    state,
    phase,
    internal: {startTimeouts},
  }: Pick<LifecycleState, 'state' | 'phase'> & {
    readonly internal: Pick<LifecycleState['internal'], 'startTimeouts'>;
  },
  nowMs: number,
): Finding[] {
  if (state !== 'starting' || startTimeouts === null) return [];
  const {count, sinceMs, timeoutMs} = startTimeouts;
  // The clock may have been set back.
  const waitedMs = Math.max(nowMs - sinceMs, count * timeoutMs);
  return [
    {
      ...withDetails('lifecycle.first-token-awaited', {timeouts: count, timeoutMs, waitedMs, phase}),
      severity: 'warning',
      message: `${phase === 'serve' ? 'The log says that the engine serves, but it has' : 'The engine has'} not generated its first token: attempt ${count} timed out after ${secondsText(timeoutMs)}, ${roughDurationText(waitedMs)} of waiting so far.`,
      evidence: null,
      remedy:
        'Wait if the log shows progress: the first request may compile for minutes. Gantry continues to ask, without a time limit. If the log stands still, read its last lines and restart the engine.',
      settingsChange: null,
    },
  ];
}

/** Findings about the last good settings: already in use again, or available. */
export function settingsFindings({state, settings, rolledBack, lastGoodSettings}: LifecycleState): Finding[] {
  if (settings === null) return [];
  if (rolledBack !== null) {
    const {cause, settings: failed} = rolledBack;
    const {settingsChange} = cause;
    const fixed = settingsChange === null ? null : applySettingsChange(failed, settingsChange);
    const change = fixed === null ? null : changeBetween(settings, fixed);
    return [rolledBackFinding(cause, differingSettings(settings, failed), change)];
  }
  if (state !== 'failed' || lastGoodSettings === null || sameSettings(settings, lastGoodSettings)) return [];
  const differences = differingSettings(lastGoodSettings, settings);
  return [
    {
      ...withDetails('lifecycle.last-good-settings', {differences: [...differences]}),
      severity: 'info',
      message: `The last settings that worked were different: ${differencesText(differences)}.`,
      evidence: null,
      ...goingBack(settings, lastGoodSettings),
    },
  ];
}

/** Where an engine is installed is configured for one engine: another one may not be found, although it is there. */
function goingBack(settings: LaunchSettings, lastGood: LaunchSettings): Pick<Finding, 'remedy' | 'settingsChange'> {
  if (settings.engine === lastGood.engine) {
    const settingsChange = changeBetween(settings, lastGood);
    return {remedy: 'Use them again with gantry restart --last-good.', settingsChange};
  }
  return {
    remedy: `They are for another engine: to go back, set engine.name to ${lastGood.engine} and the other engine keys to match, engine.executable too, then run gantry up.`,
    settingsChange: null,
  };
}
