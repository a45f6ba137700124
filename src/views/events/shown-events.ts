import type {Event} from '../../api/event-schema.ts';

/** Which events are shown. */
export type EventFilter = {
  /** The least severity; null for every one. */
  readonly level: 'warning' | 'critical' | null;
  /** A text in the message, the code or the name of who did it, whatever its case; empty for none. */
  readonly text: string;
};

/** Every event. */
export const everyEvent: EventFilter = {level: null, text: ''};

/** The events that pass the filter, the newest first. */
export function shownEvents(events: readonly Event[] | null, {level, text}: EventFilter): readonly Event[] {
  const sought = text.toLowerCase();
  const passing = (events ?? []).filter(
    ({severity, message, code, actor, details}) =>
      (level === null || severity === 'critical' || severity === level) &&
      (sought === '' || [message, code, actor, details['client']].some((part) => includes(part, sought))),
  );
  return passing.reverse();
}

function includes(part: unknown, sought: string): boolean {
  return typeof part === 'string' && part.toLowerCase().includes(sought);
}
