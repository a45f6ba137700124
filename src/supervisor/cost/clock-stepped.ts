import type {NewEvent} from '../../api/event-schema.ts';
import {durationText} from '../../shared/quantities/durations.ts';

/** The wall clock was set by `stepMs`: hours of the ledger may be missing, or have more than an hour. */
export function clockStepped(stepMs: number, runId: string | null): Omit<NewEvent, 'atMs'> {
  const direction = stepMs > 0 ? 'forward' : 'back';
  return {
    code: 'cost.clock-stepped',
    severity: 'info',
    actor: 'host',
    message: `The clock of this host was set ${direction} by ${durationText(Math.abs(stepMs))}; no cost was added or lost by that.`,
    runId,
    details: {stepMs},
  };
}
