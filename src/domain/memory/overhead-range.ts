import type {OverheadPart} from './engine-memory.ts';

/** Bytes per GPU. */
export type OverheadRange = {readonly bytes: number; readonly leastBytes: number; readonly mostBytes: number};

/**
 * The sum of the parts, with the least and the most of it. The parts err independently: their deviations are added as
 * squares, because not all are at their best or worst in one start.
 */
export function overheadRange(parts: readonly OverheadPart[]): OverheadRange {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const below = Math.hypot(...parts.map((part) => part.bytes - part.leastBytes));
  const above = Math.hypot(...parts.map((part) => part.mostBytes - part.bytes));
  return {bytes, leastBytes: Math.max(0, Math.round(bytes - below)), mostBytes: Math.round(bytes + above)};
}
