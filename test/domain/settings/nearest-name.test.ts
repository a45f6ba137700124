import {expect, test} from 'vitest';
import {nearestName} from '../../../src/domain/settings/nearest-name.ts';

const known = ['port', 'host', 'model', 'contextLengthTokens', 'memoryFraction'];

test.each([
  ['prot', 'port'],
  ['Model', 'model'],
  ['contextLength', 'contextLengthTokens'],
  ['memory_fraction', 'memoryFraction'],
])('%s probably means %s', (typed, meant) => {
  expect(nearestName(typed, known)).toBe(meant);
});

test('no guess if nothing is similar', () => {
  expect(nearestName('quantization', known)).toBeUndefined();
});
