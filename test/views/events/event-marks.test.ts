import {expect, test} from 'vitest';
import {eventMarks} from '../../../src/views/events/event-marks.ts';
import {buildEvent} from '../../support/build-event.ts';

test('started processes and failures are marked, requested stops and everything else are not', () => {
  const events = [
    buildEvent({atMs: 1, code: 'engine.spawned', details: {pid: 1}}),
    buildEvent({atMs: 2, code: 'engine.ready'}),
    buildEvent({atMs: 3, code: 'engine.exited', details: {status: 0, wasRequested: true}}),
    buildEvent({atMs: 4, code: 'engine.exited', details: {status: 137, wasRequested: false}}),
    buildEvent({atMs: 5, code: 'engine.failed'}),
    buildEvent({atMs: 6, code: 'finding.appeared'}),
  ];
  expect(eventMarks(events)).toEqual([
    {atMs: 1, kind: 'start'},
    {atMs: 4, kind: 'failure'},
    {atMs: 5, kind: 'failure'},
  ]);
});
