import {expect, test} from 'vitest';
import {withinWords} from '../../src/shared/within-words.ts';

test.each([
  ['Running: 6 reqs', 15, 'Running: 6 reqs'],
  ['Running: 6 requests', 18, 'Running: 6 ...'],
  ['Running: 6 requests', 17, 'Running: 6 ...'],
  ['GPU 0 has a total capacity', 13, 'GPU 0 has ...'],
  ['GPU 0 has a total capacity', 12, 'GPU 0 ...'],
  ['abcdefghijklmnop', 10, 'abcdef ...'],
  ['a bcdefghijklmnop', 10, 'a bcde ...'],
])('%j within %d characters is %j', (text, most, expected) => {
  expect(withinWords(text, most)).toBe(expected);
  expect(expected.length).toBeLessThanOrEqual(most);
});
