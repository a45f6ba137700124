import {expect, test} from 'vitest';
import {isInBackground} from '../../../src/cli/console/in-background.ts';

const rest = '4194304 5000 0 0 0 20 4 0 0 20 0 11 0 9000 1000000 20000';

test.each([
  ['the group of the shell has the terminal', `812 (node) S 700 812 700 34816 700 ${rest}`, true],
  ['its own group has it', `812 (node) S 700 812 700 34816 812 ${rest}`, false],
  ['a command with brackets', `812 (a) S 1 (b) R 700 812 700 34816 700 ${rest}`, true],
  ['no terminal', `812 (node) S 1 812 812 0 -1 ${rest}`, false],
  ['no text', '', false],
])('%s', (_case, text, expected) => {
  expect(isInBackground(() => text)).toBe(expected);
});

test('this process reads its own', () => {
  expect(typeof isInBackground()).toBe('boolean');
});
