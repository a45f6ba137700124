import type {ApiError} from '../../api/commands.ts';
import {EVENTS_SCHEMA_VERSION, type Event, type Events, type EventsQuery} from '../../api/event-schema.ts';
import {readPastEvents} from '../../history/past/read-past-events.ts';
import {ok, type Result} from '../../shared/result.ts';
import {printProgress} from '../output.ts';
import type {Wiring} from '../wiring.ts';
import {historyPath} from './history-path.ts';

/**
 * Events from the supervisor; without one, from the history of this node or, if it has none, of the simulated node, with
 * a note.
 */
export async function findEvents(
  {client, directories, output}: Pick<Wiring, 'client' | 'directories' | 'output'>,
  query: EventsQuery,
): Promise<Result<Events, ApiError>> {
  const present = await client.getEvents(query);
  if (present.ok || present.error.code !== 'supervisor.unavailable') return present;
  const real = readPastEvents(historyPath(directories.dataDir, false), query);
  if (!real.ok) return real;
  if (real.value.length > 0) return ok(documentOf(real.value));
  const played = readPastEvents(historyPath(directories.dataDir, true), query);
  if (!played.ok) return played;
  if (played.value.length > 0) printProgress(output, 'SIMULATED: events of the simulated node.');
  return ok(documentOf(played.value));
}

function documentOf(events: readonly Event[]): Events {
  return {schemaVersion: EVENTS_SCHEMA_VERSION, events: [...events]};
}
