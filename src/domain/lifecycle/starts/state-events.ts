/** Codes of events about the engine begin with it; a change of its state is `engine.ready`. */
export const ENGINE_EVENTS = 'engine.';
/** Nothing is known of the time between the event before it and it. */
export const SUPERVISOR_STARTED = 'supervisor.started';

/** True for events from which follows what the engine was, and until when that is known. */
export function isStateEvent({code}: {readonly code: string}): boolean {
  return code.startsWith(ENGINE_EVENTS) || code === SUPERVISOR_STARTED;
}
