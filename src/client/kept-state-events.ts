import type {Event} from '../api/event-schema.ts';
import {isStateEvent} from '../domain/lifecycle/starts/state-events.ts';
import {MS_PER_DAY} from '../shared/units.ts';

/** Most that a console keeps of them: a day of restarts each three minutes, four events each. A supervisor reads as many in about 30 ms. */
export const MAX_STATE_EVENTS = 2_000;
/** How far back they are read: what the strip of the engine's states shows. */
export const STATE_EVENTS_MS = MS_PER_DAY;

/** What the engine was: events of kind `state` in the order of their numbers. */
export type StateEvents = {
  readonly events: readonly Event[];
  /** True if there were more than are kept: of the time before the first one nothing is known. */
  readonly isCut: boolean;
};

/** The events that were read, at most `limit`, and of those that arrived the newer ones of this kind. */
export function readStateEvents(
  read: readonly Event[],
  arrived: readonly Event[],
  limit: number = MAX_STATE_EVENTS,
): StateEvents {
  return withStateEvents({events: read, isCut: read.length >= limit}, arrived, limit);
}

/** With those of the events of this kind that are newer than all; the same object without any. The newest `limit` are kept. */
export function withStateEvents(
  known: StateEvents,
  arrived: readonly Event[],
  limit: number = MAX_STATE_EVENTS,
): StateEvents {
  const lastId = known.events.at(-1)?.id ?? Number.NEGATIVE_INFINITY;
  const fresh = arrived.filter((event) => event.id > lastId && isStateEvent(event));
  if (fresh.length === 0) return known;
  const events = [...known.events, ...fresh];
  return {events: events.slice(-limit), isCut: known.isCut || events.length > limit};
}
