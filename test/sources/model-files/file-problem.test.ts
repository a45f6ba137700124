import {expect, test} from 'vitest';
import {brokenFile, truncatedFile, unreadable} from '../../../src/sources/model-files/file-problem.ts';

const systemError = (code: string) => Object.assign(new Error('refused'), {code});

test.each([
  ['ENOENT', 'memory.model-not-found'],
  ['ENOTDIR', 'memory.model-not-found'],
  ['EACCES', 'memory.model-not-readable'],
  ['EPERM', 'memory.model-not-readable'],
  ['EIO', 'memory.model-not-readable'],
])('%s is %s', (code, problem) => {
  expect(unreadable('/m', systemError(code)).code).toBe(problem);
});

test('only a missing permission has the remedy to grant it', () => {
  const remedies = ['EACCES', 'EPERM', 'EIO', 'ENOENT'].map((code) => unreadable('/m', systemError(code)).remedy);
  expect(new Set(remedies).size).toBe(3);
  expect(remedies[0]).toBe(remedies[1]);
});

test('an error without a remedy of its own is reported with its code, if it has one', () => {
  expect(unreadable('/m', systemError('EIO')).message).toContain('EIO');
  const {message} = unreadable('/m', new Error('x'));
  expect(message).toMatch(/\(\w[^)]*\)/);
  expect(message).not.toContain('undefined');
});

test('a file that is cut off is reported with both sizes', () => {
  const {code, message} = truncatedFile('/m', 1_000, 20);
  expect(code).toBe('memory.truncated-model-file');
  expect(message).toMatch(/\b20\b.*\b1,000\b/);
  expect(truncatedFile('/m', 1_000, 20, 'at least').message).not.toBe(message);
});

test('a file with other content is broken', () => {
  expect(brokenFile('/m', 'it is text')).toMatchObject({code: 'memory.broken-model-file', message: '/m: it is text.'});
});
