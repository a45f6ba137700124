import {z} from 'zod';
import {absent, type Reading} from '../../../samples/reading.ts';
import {median} from '../../../shared/median.ts';
import type {LaunchSettings} from '../../settings/launch-settings.ts';
import type {PhaseDurations} from '../start-progress.ts';

/** A start of this node that became ready. */
export type EarlierStart = {
  readonly runId: string;
  readonly settings: LaunchSettings;
  readonly phaseDurationsMs: PhaseDurations;
  /** From the launch until ready. */
  readonly totalMs: number;
};

/** How long a start takes: the median of this many comparable starts. */
export const usualStartSchema = z.object({medianMs: z.number(), starts: z.number()});
export type UsualStart = z.infer<typeof usualStartSchema>;

/** Older starts ran with another cache, disk or version. */
const STARTS_LEARNED_FROM = 10;

/** The newest starts of the same engine with the same weights, from starts newest first: others take another time. */
export function comparableStarts(starts: readonly EarlierStart[], settings: LaunchSettings | null): EarlierStart[] {
  if (settings === null) return [];
  return starts
    .filter(
      ({settings: earlier}) =>
        earlier.engine === settings.engine && earlier.model === settings.model && earlier.format === settings.format,
    )
    .slice(0, STARTS_LEARNED_FROM);
}

/** The usual duration of these starts. */
export function usualStart(starts: readonly EarlierStart[]): Reading<UsualStart> {
  const medianMs = median(starts.map(({totalMs}) => totalMs));
  return medianMs === null ? absent('no comparable start on this node yet') : {medianMs, starts: starts.length};
}
