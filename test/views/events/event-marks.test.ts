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
  ]);
});

test('a crash is one failure, when the process exited, and one of the next attempt is another', () => {
  const exited = buildEvent({atMs: 9, code: 'engine.exited', details: {wasRequested: false, exitedAtMs: 7}});
  const failed = buildEvent({atMs: 9, code: 'engine.failed'});
  expect(eventMarks([exited, failed])).toEqual([{atMs: 7, kind: 'failure'}]);
  const next = [buildEvent({atMs: 20, code: 'engine.preflight'}), buildEvent({atMs: 21, code: 'engine.failed'})];
  expect(eventMarks([exited, failed, ...next])).toEqual([
    {atMs: 7, kind: 'failure'},
    {atMs: 21, kind: 'failure'},
  ]);
});
