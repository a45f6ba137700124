import {expect, test} from 'vitest';
import {isVersionAtLeast} from '../../../src/engines/launch/engine-version.ts';

test.each([
  ['0.21.0', true],
  ['v0.25.1', true],
  ['1.0', true],
  ['0.21.0rc1.dev3+gabc', true],
  ['0.20.2', false],
  ['0.9', false],
  ['unknown', false],
])('%s is 0.21 or later: %s', (version, expected) => {
  expect(isVersionAtLeast(version, [0, 21])).toBe(expected);
});
