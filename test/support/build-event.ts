import type {Event} from '../../src/api/event-schema.ts';

/** An event: the state `ready`, with the changes of the test. */
export function buildEvent(change: Partial<Event> = {}): Event {
  return {
    id: 1,
    atMs: 1,
    code: 'engine.ready',
    severity: 'info',
    actor: 'engine',
    message: 'The engine is ready, 40 s after its start.',
    runId: null,
    details: {},
    ...change,
  };
}
