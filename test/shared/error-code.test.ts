import {readFile} from 'node:fs/promises';
import {expect, test} from 'vitest';
import {errorCode} from '../../src/shared/error-code.ts';

test('the code of a failed call is that of the system; another error has none', async () => {
  expect(errorCode(await readFile('/nonexistent/file').catch((error: unknown) => error))).toBe('ENOENT');
  expect(errorCode(Object.assign(new Error('x'), {code: 7}))).toBe('7');
  for (const other of [new Error('ENOENT'), {code: 'ENOENT'}, 'ENOENT', null]) expect(errorCode(other)).toBeUndefined();
});

test('the code of an error, if it has one', () => {
  expect(errorCode(Object.assign(new Error('refused'), {code: 'EIO'}))).toBe('EIO');
  expect(errorCode(new Error('x'))).toBeUndefined();
  expect(errorCode({code: 'EIO'})).toBeUndefined();
  expect(errorCode(null)).toBeUndefined();
});
