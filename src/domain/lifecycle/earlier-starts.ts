import {z} from 'zod';
import {absent, type Reading} from '../../samples/reading.ts';
import type {LaunchSettings} from '../settings/launch-settings.ts';
import type {PhaseDurations} from './start-progress.ts';

/** A start of this node that became ready. */
export type EarlierStart = {
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
  if (starts.length === 0) return absent('no comparable start on this node yet');
  return {medianMs: median(starts.map(({totalMs}) => totalMs)), starts: starts.length};
}

/** The middle value, or the mean of the two middle ones; 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
