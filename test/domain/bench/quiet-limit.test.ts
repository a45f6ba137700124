import {expect, test} from 'vitest';
import {quietLimitMs} from '../../../src/domain/bench/quiet-limit.ts';
import {MS_PER_MINUTE, MS_PER_SECOND} from '../../../src/shared/units.ts';

test('a tool may be quiet for as long as its load takes on a node that is slower than any', () => {
  // 64 x 8,192 prompt tokens at 500/s are 1,049 s; 2,048 answer tokens at 1/s.
  const limit = quietLimitMs({promptTokens: 8_192, answerTokens: 2_048}, 64);
  expect(limit).toBeCloseTo(10 * MS_PER_MINUTE + (1_048.576 + 2_048) * MS_PER_SECOND);
  expect(Math.round(limit / MS_PER_MINUTE)).toBe(62);
});
