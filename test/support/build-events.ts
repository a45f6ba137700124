import type {Event} from '../../src/api/event-schema.ts';
import {buildEvent} from './build-event.ts';
import {TEST_NOW_MS} from './build-snapshot.ts';

const MINUTE_MS = 60_000;

/** A day with a crash, oldest first. */
export function buildEvents(): Event[] {
  const events: Partial<Event>[] = [
    {
      code: 'command.accepted',
      actor: 'operator',
      message: 'Start of the engine by cli root@pts/0. Starting: the preflight checks run first.',
      details: {client: 'cli', command: 'start'},
    },
    {
      code: 'engine.preflight',
      actor: 'operator',
      message: 'Checking before the start of moonshotai/Kimi-K2.7-Code on vLLM.',
    },
    {code: 'engine.spawned', actor: 'supervisor', message: 'Engine process started (pid 4242).'},
    {code: 'engine.ready', message: 'The engine is ready, 7 min after its start.'},
    {
      code: 'finding.appeared',
      severity: 'warning',
      actor: 'host',
      message: 'GPU 3 is at 89 degrees, and slows down to cool.',
      details: {finding: 'gpu.hot'},
    },
    {
      code: 'engine.exited',
      severity: 'critical',
      message:
        'The engine exited unexpectedly: exit status 1. A GPU kernel failed: an illegal memory access was encountered.',
      details: {status: 1, wasRequested: false},
    },
    {
      code: 'engine.backing-off',
      severity: 'warning',
      actor: 'policy',
      message: 'Automatic restart 1 of 5 after a delay. A GPU kernel failed: an illegal memory access was encountered.',
    },
    {code: 'engine.ready', message: 'The engine is ready, 7 min after its start.'},
  ];
  return events.map((event, index) =>
    buildEvent({id: index + 1, atMs: TEST_NOW_MS - (events.length - index) * 130 * MINUTE_MS, ...event}),
  );
}
