import {z} from 'zod';
import type {Stamp} from '../../samples/stamp.ts';
import {type StallTrack, unseenStall} from './forward-progress.ts';

/** The counter of an engine's steps as last read, and the stall until then. Times are epoch ms. */
export const keptStallSchema = z.object({
  counter: z.number(),
  readAtMs: z.number(),
  stall: z
    .object({
      stalledMs: z.number(),
      runningRequests: z.number(),
      waitingRequests: z.number(),
      isAtLeast: z.literal(true).optional(),
    })
    .readonly()
    .nullable(),
});
export type KeptStall = Readonly<z.infer<typeof keptStallSchema>>;

/** The stall to be stored; null before the first sample. */
export function keepStall({newest, stall, resumed}: StallTrack): KeptStall | null {
  if (newest === null) return null;
  return {counter: newest.counter, readAtMs: newest.stamp.sampledAtMs, stall: stall ?? resumed?.stall ?? null};
}

/**
 * The stall of an engine that served before this supervisor. It lasts on if the first sample has the same counter: that proves
 * that there was no step meanwhile, however long that was. Without a stored one it is unknown when a stall began.
 */
export function recallStall(kept: KeptStall | null, now: Stamp): StallTrack {
  if (kept === null) return {...unseenStall, resumed: {stall: null}};
  const {counter, readAtMs, stall} = kept;
  // A clock that was set back does not say how long that was.
  const unread = now.sampledAtMs < readAtMs ? {isAtLeast: true as const} : {};
  const lasting =
    stall === null ? null : {...stall, ...unread, stalledMs: stall.stalledMs + Math.max(0, now.sampledAtMs - readAtMs)};
  return {newest: {counter, stamp: now, isFirst: false}, stall: null, resumed: {stall: lasting}};
}
