import {expect, test} from 'vitest';
import {perSecondText, tokensPerSecondText} from '../../../src/shared/quantities/rates.ts';

test('rates have one decimal below ten, and small ones are not shown as zero', () => {
  expect([1482.4, 0, 0.42, 9.96].map(tokensPerSecondText)).toEqual(['1,482 tok/s', '0 tok/s', '0.4 tok/s', '10 tok/s']);
  expect([0, 0.01, 2.4, 31].map(perSecondText)).toEqual(['0/s', '<0.1/s', '2.4/s', '31/s']);
});
