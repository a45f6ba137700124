import {expect, test} from 'vitest';
import {readJsonDocument, readJsonEntry, timeText} from '../../../../src/sources/pasted-text/viewer/json-entries.ts';

const time = '2026-04-05T00:00:01.000Z';
const seconds = Date.parse(time) / 1000;

test('the message of an entry, under the names that exporters give it', () => {
  expect(readJsonEntry(`{"log":"said\\n","time":"${time}"}`)).toEqual({said: 'said\n', time});
  expect(readJsonEntry(`{"jsonPayload":{"msg":"said"},"timestamp":"${time}"}`)).toEqual({said: 'said', time});
  expect(readJsonEntry(`{"MESSAGE":[104,105],"__REALTIME_TIMESTAMP":"${seconds}000000"}`)).toEqual({said: 'hi', time});
  expect(readJsonEntry('{"message":"failed","exc_info":"Traceback"}')?.said).toBe('failed\nTraceback');
  expect(readJsonEntry('{"event":"run failed","error":"refused","error_type":"X"}')?.said).toBe('run failed\nrefused');
  expect(readJsonEntry('{"msg":"failed: refused","err":"refused"}')?.said).toBe('failed: refused');
});

test('what is no entry stays as it is', () => {
  expect(readJsonEntry('loading {"a": 1}')).toBeNull();
  expect(readJsonEntry('{"level": 3}')).toBeNull();
  expect(readJsonEntry('{"log": "cut')).toBeNull();
});

test('seconds, milliseconds, microseconds and nanoseconds since 1970 are distinguished by their size', () => {
  for (const zeros of ['', '000', '000000', '000000000']) expect(timeText(`${seconds}${zeros}`)).toBe(time);
  expect(timeText('yesterday')).toBe('yesterday');
});

const document = {status: 'success', data: {result: [{values: [[`${seconds}000000000`, 'a line of some words']]}]}};

test('a document is found in its depth', () => {
  expect(readJsonDocument([JSON.stringify(document)])).toEqual([{said: 'a line of some words', time}]);
  expect(readJsonDocument(['{"status": "success"}'])).toBeNull();
  expect(readJsonDocument(['{"status": '])).toBeNull();
});

test.each([
  ['at a column', (text: string) => text.match(/.{1,40}/g) ?? []],
  [
    'at a column, without blanks at the ends',
    (text: string) => (text.match(/.{1,40}/g) ?? []).map((row) => row.trimEnd()),
  ],
])('a document that was wrapped %s is read', (_, wrapped) => {
  const said = 'the words of one long line that a terminal broke wherever its row was full';
  const shown = JSON.stringify([
    {message: said, timestamp: time},
    {message: said, timestamp: time},
  ]);
  expect(readJsonDocument(wrapped(shown))?.map((entry) => entry.said)).toEqual([said, said]);
});

test('a document that was filled to a width has rows of that width, whatever a character counts', () => {
  const log = `the blades \u{1F300} of ${'the seventh expert '.repeat(30)}do not turn`;
  const rows = (JSON.stringify([{log, time}]).match(/.{1,80}/gu) ?? []).map((row) => row.trimEnd());
  expect(readJsonDocument(rows, 80)?.[0]?.said).toBe(log);
});
