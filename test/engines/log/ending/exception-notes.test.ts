import {expect, test} from 'vitest';
import {createExceptionNotes} from '../../../../src/engines/log/ending/exception-notes.ts';

const own = {text: '(EngineCore_DP0 pid=70) ERROR 11-23 02:00:21 [core.py:9] RuntimeError: own', number: 3};
const ofRequest = {text: 'ValueError: a request', number: 1};
const report = {text: 'EngineCore failed', number: 9};

test('the first exception of a start is remembered for two minutes', () => {
  const notes = createExceptionNotes('starting');
  notes.note(ofRequest, 0);
  notes.note(own, 1_000);
  notes.note({text: 'no exception', number: 4}, 2_000);
  expect(notes.before(report, 120_000)).toMatchObject({line: ofRequest, isOfEngine: true});
  expect(notes.before(report, 120_001)).toBeNull();
});

test('of a server, an exception of the engine replaces that of a request, for five seconds', () => {
  const notes = createExceptionNotes('serving');
  notes.note(ofRequest, 0);
  expect(notes.before(report, 1_000)).toMatchObject({line: ofRequest, isOfEngine: false});
  notes.note(own, 2_000);
  expect(notes.before(report, 7_000)).toMatchObject({line: own, isOfEngine: true});
  expect(notes.before(report, 7_001)).toBeNull();
});

test('an exception below a reported traceback is of the engine', () => {
  const notes = createExceptionNotes('serving');
  notes.before({text: 'Engine loop failed: Traceback (most recent call last):', number: 1}, 0);
  notes.note({text: 'ValueError: of the loop', number: 2}, 0);
  expect(notes.before(report, 0)).toMatchObject({isOfEngine: true});
});
