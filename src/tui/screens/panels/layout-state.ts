import type {ConsoleData} from '../../../client/console-data.ts';
import {isServingState, isTroubled} from '../../../domain/lifecycle/phases.ts';
import type {LayoutState} from '../../../layout/layout-states.ts';

/** Which variants of a layout are for this data; null before the first snapshot, while a supervisor may still answer. */
export function layoutStateOf({
  snapshot,
  connection,
}: Pick<ConsoleData, 'snapshot' | 'connection'>): LayoutState | null {
  if (snapshot === null) return connection.kind === 'lost' ? 'stopped' : null;
  const {state} = snapshot.engine;
  if (isServingState(state)) return isTroubled(snapshot.engine) ? 'degraded' : 'serving';
  switch (state) {
    case 'preflight':
    case 'starting':
      return 'starting';
    case 'failed':
    case 'backing-off':
      return 'failed';
    default:
      return 'stopped';
  }
}
