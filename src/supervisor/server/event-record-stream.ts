import type {ServerResponse} from 'node:http';
import {EVENTS_SCHEMA_VERSION, type Event, type Events, type EventsQuery} from '../../api/event-schema.ts';
import {openEventStream, type StreamLimits} from './event-stream.ts';
import type {ServerHandlers} from './server-handlers.ts';

/** Maximum buffered events for a slow client; older ones are dropped, but remain in the history. */
const MAX_WAITING = 1_000;

/** Streams events: first the requested ones (an empty list if none), then each new one. */
export function streamEventRecord(
  exchange: {
    readonly handlers: ServerHandlers;
    readonly response: ServerResponse;
    readonly streams: StreamLimits;
    readonly closing: AbortSignal;
  },
  query: EventsQuery,
): void {
  const {handlers, response, streams, closing} = exchange;
  let waiting: Event[] | null = [...handlers.getEvents(query)];
  let wake = (): void => undefined;
  const unsubscribe = handlers.subscribeEvents((event) => {
    waiting = [...(waiting ?? []), event].slice(-MAX_WAITING);
    wake();
  });
  const stream = openEventStream({
    response,
    streams,
    closing,
    onClose: unsubscribe,
    next: () => {
      if (waiting === null) return null;
      const data = JSON.stringify(eventsDocument(waiting));
      waiting = null;
      return {event: 'events', data};
    },
  });
  wake = stream.wake;
  wake();
}

/** Events in API form. */
export function eventsDocument(events: readonly Event[]): Events {
  return {schemaVersion: EVENTS_SCHEMA_VERSION, events: [...events]};
}
