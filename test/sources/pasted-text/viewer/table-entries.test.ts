import {expect, test} from 'vitest';
import {isTableHeader, readTable} from '../../../../src/sources/pasted-text/viewer/table-entries.ts';

test('a table has a header with the name of a message column', () => {
  expect(isTableHeader('@timestamp,@message')).toBe(true);
  expect(isTableHeader('insertId;textPayload;timestamp   ')).toBe(true);
  expect(isTableHeader('INFO 05-06 12:00:00 [x.py:1] loading, message of the day')).toBe(false);
  expect(isTableHeader('message')).toBe(false);
});

test('cells may have quotation marks, separators and several lines', () => {
  const lines = ['time,message', '2026-04-05T00:00:01Z,"a ""b"", c', 'second line"', '2026-04-05T00:00:02Z,plain'];
  expect(readTable(lines)).toEqual([
    {said: 'a "b", c\nsecond line', time: '2026-04-05T00:00:01Z'},
    {said: 'plain', time: '2026-04-05T00:00:02Z'},
  ]);
});

test('a cell that a cut left open ends with the text', () => {
  expect(readTable(['time,message', '1,"cut', 'here'])).toEqual([{said: 'cut\nhere', time: '1'}]);
  expect(readTable(['no table'])).toBeNull();
});
