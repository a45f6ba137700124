import type {Finding} from '../../domain/diagnosis/finding.ts';
import {STOP_NOTED, STOP_UNRECORDED} from '../../supervisor/state-dir/recovery/stop-findings.ts';

/**
 * What a stop came to: `stopped-noted` where the journal could not be written and the stop is noted elsewhere,
 * `stopped-unrecorded` where it is nowhere, and the next supervisor takes it for a crash.
 */
export type StopEnd = 'stopped' | 'stopped-noted' | 'stopped-unrecorded';

/** How an accepted stop ended, by the findings at its end. */
export function stopEndOf(findings: readonly Pick<Finding, 'code'>[]): StopEnd {
  if (findings.some(({code}) => code === STOP_UNRECORDED)) return 'stopped-unrecorded';
  return findings.some(({code}) => code === STOP_NOTED) ? 'stopped-noted' : 'stopped';
}

/** What is to be said besides, and done. */
export function stopEndText(findings: readonly Pick<Finding, 'code' | 'message' | 'remedy'>[]): readonly string[] {
  const unrecorded = findings.filter(({code}) => code === STOP_NOTED || code === STOP_UNRECORDED);
  return unrecorded.flatMap(({message, remedy}) => [message, remedy]);
}
