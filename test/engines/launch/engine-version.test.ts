import {expect, test} from 'vitest';
import {isVersionAtLeast, versionName} from '../../../src/engines/launch/engine-version.ts';

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

test.each([
  ['0.32.0+cpu', '0.32.0'],
  ['0.25.1+cu129', '0.25.1'],
  ['v0.20.2rc1', '0.20.2rc1'],
  ['0.5.18.post1', '0.5.18.post1'],
  ['0.20.2rc1.dev249+g1a2b3c', '0.20.2rc1.dev249+g1a2b3c'],
  ['11669', '11669'],
  ['unknown', 'unknown'],
])('%s is called %s', (version, name) => {
  expect(versionName(version)).toBe(name);
});
