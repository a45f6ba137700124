import {z} from 'zod';
import {type NodeState, nodeStates} from './entries.ts';

/** What the cards drew together when they were last read, mW, by what the node did then; only since the host started. */
export const seenPowerSchema = z.partialRecord(z.enum(nodeStates), z.int().nonnegative()).readonly();
export type SeenPower = z.infer<typeof seenPowerSchema>;

/**
 * What the cards draw while nothing reads them, mW: as when they were last read in the same state, else the least that was read in any:
 * an engine that has ended unseen must not cost what it drew under load. 0 where nothing was read.
 */
export function estimatedMilliwatts(seen: SeenPower, state: NodeState): number {
  const [least = 0] = Object.values(seen).toSorted((one, other) => one - other);
  return seen[state] ?? least;
}
