import type {ConsoleData} from '../../../client/console-data.ts';
import {situationOf} from '../../../domain/lifecycle/phases.ts';
import type {LayoutState} from '../../../layout/layout-states.ts';

/** Which variants of a layout are for this data; null before the first snapshot, while a supervisor may still answer. */
export function layoutStateOf({
  snapshot,
  connection,
}: Pick<ConsoleData, 'snapshot' | 'connection'>): LayoutState | null {
  if (snapshot === null) return connection.kind === 'lost' ? 'stopped' : null;
  return situationOf(snapshot.engine);
}
