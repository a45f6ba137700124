import {describe, expect, test} from 'vitest';
import {isAbsent} from '../../../../src/samples/reading.ts';
import {
  amountCell,
  booleanCell,
  cardFaultOf,
  countCell,
  faultOf,
  mibCell,
  numberCell,
  percentCell,
  textCell,
} from '../../../../src/sources/nvidia-smi/parse/cells.ts';

describe('a cell without a value is absent with a reason, never 0', () => {
  test.each([
    ['[N/A]', 'not available on this GPU'],
    ['N/A', 'not available on this GPU'],
    ['', 'the driver printed nothing'],
    ['[Not Supported]', 'not supported by this GPU'],
    ['[Insufficient Permissions]', 'permission denied for this user'],
    ['[Not Found]', 'the driver did not find it'],
    ['[Timeout]', 'the driver timed out reading it'],
    ['[Requested functionality has been deprecated]', 'removed from this driver'],
    ['[GPU is lost]', 'the driver reports: GPU is lost'],
    ['GPU requires reset', 'the driver reports: GPU requires reset'],
    ['[Unknown Error]', 'the driver reports: Unknown Error'],
    ['[Words of a driver to come]', 'the driver reports: Words of a driver to come'],
  ])('%s', (cell, reason) => {
    for (const read of [textCell, numberCell, mibCell, percentCell, countCell, booleanCell]) {
      expect(read(cell)).toEqual({absent: reason});
    }
  });

  test('brackets within a text belong to it', () => {
    expect(['N/A]', '[dev', 'H100 [dev]', '[dev] H100'].map((cell) => textCell(cell))).toEqual([
      'N/A]',
      '[dev',
      'H100 [dev]',
      '[dev] H100',
    ]);
  });

  test('a missing cell has the reason of the caller', () => {
    expect(numberCell(undefined, 'this driver does not know the field')).toEqual({
      absent: 'this driver does not know the field',
    });
  });

  test.each(['abc', '12abc', '1e3', '0x1A', 'Infinity', '16901...', '--5', '9'.repeat(400)])(
    '%s is not a number',
    (cell) => {
      expect(numberCell(cell)).toHaveProperty('absent');
      expect(mibCell(cell)).toHaveProperty('absent');
    },
  );

  test('a text that is not a value is quoted, up to 40 characters of it', () => {
    const long = `${'x'.repeat(39)}ab`;
    const quoted = `the driver printed "${long.slice(0, 40)}"`;
    for (const read of [numberCell, mibCell, percentCell, countCell, booleanCell]) {
      expect(read(long)).toEqual({absent: quoted});
      expect(read('x')).toEqual({absent: 'the driver printed "x"'});
    }
    expect(textCell(`[${long}]`)).toEqual({absent: `the driver reports: ${long.slice(0, 40)}`});
    expect(countCell('1.5')).toEqual({absent: 'the driver printed "1.5"'});
    expect(mibCell('-1')).toEqual({absent: 'the driver printed "-1"'});
  });

  test.each([
    ['[Function Not Found]', 'not in this driver'],
    ['[Uninitialized]', 'the driver is not initialized'],
    ['[In use by another client]', 'another client uses the GPU'],
    ['-', 'the driver printed nothing'],
    ['[]', 'the driver printed nothing'],
    ['[ N/A ]', 'not available on this GPU'],
    [' N/A ', 'not available on this GPU'],
    ['[GPU access blocked by the operating system]', 'the driver reports: GPU access blocked by the operating syst'],
  ])('%s', (cell, reason) => {
    expect(textCell(cell)).toEqual({absent: reason});
  });

  test('without a reason of the caller, a missing cell is not in the format', () => {
    for (const read of [textCell, numberCell, mibCell, percentCell, countCell, booleanCell])
      expect(read(undefined)).toEqual({absent: 'not in this output format'});
  });

  test('a wrong unit is not a value', () => {
    expect(mibCell('95.00 W')).toHaveProperty('absent');
    expect(percentCell('345 MHz')).toHaveProperty('absent');
    expect(countCell('3 MiB')).toHaveProperty('absent');
  });
});

test('what no GPU can have is not a value: less than none, more than all of its time', () => {
  for (const read of [amountCell, mibCell, percentCell, countCell]) {
    expect(read('-55')).toEqual({absent: 'the driver printed "-55"'});
  }
  expect([amountCell('-123.45 W'), amountCell('-1 MHz'), percentCell('-1 %')].map(isAbsent)).toEqual([
    true,
    true,
    true,
  ]);
  expect([percentCell('100 %'), percentCell('101 %')]).toEqual([1, {absent: 'the driver printed "101"'}]);
  expect([amountCell('0.00 W'), amountCell('1980 MHz'), amountCell('[N/A]')]).toEqual([
    0,
    1980,
    {absent: 'not available on this GPU'},
  ]);
});

test('zero is zero', () => {
  expect([numberCell('0.00 W'), mibCell('0 MiB'), percentCell('0 %'), countCell('0')]).toEqual([0, 0, 0, 0]);
});

test('numbers may have a unit', () => {
  expect([numberCell('95.25 W'), numberCell('95.25'), numberCell('-5 C'), numberCell('345 MHz')]).toEqual([
    95.25, 95.25, -5, 345,
  ]);
  expect([percentCell('97 %'), percentCell('97')]).toEqual([0.97, 0.97]);
});

test('MiB become integer bytes of 2^20, and are never negative', () => {
  expect(mibCell('81559 MiB')).toBe(85_520_809_984);
  expect(mibCell('1 MB')).toBe(1_048_576);
  expect(mibCell('-1 MiB')).toHaveProperty('absent');
});

test('counts are integers from 0 on', () => {
  expect(countCell('10')).toBe(10);
  expect(countCell('1.5')).toHaveProperty('absent');
  expect(countCell('-1')).toHaveProperty('absent');
});

test('yes and no are spelled as numbers before 580', () => {
  expect(['Yes', '1', 'No', '0'].map((cell) => booleanCell(cell))).toEqual([true, true, false, false]);
  expect(booleanCell('2')).toHaveProperty('absent');
});

test('errors of the card are distinguished from errors of one value', () => {
  expect([cardFaultOf('[GPU is lost]'), cardFaultOf('GPU requires reset'), cardFaultOf('[Unknown Error]')]).toEqual([
    'GPU is lost',
    'GPU requires reset',
    null,
  ]);
  expect([faultOf('[Unknown Error]'), faultOf('ERR!'), faultOf('[N/A]'), faultOf('P0')]).toEqual([
    'Unknown Error',
    'ERR!',
    null,
    null,
  ]);
});
