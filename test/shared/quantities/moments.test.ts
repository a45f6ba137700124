import {expect, test} from 'vitest';
import {utcText} from '../../../src/shared/quantities/moments.ts';

test('times of day have their zone', () => {
  expect(utcText(Date.UTC(2026, 10, 23, 17, 5, 12))).toBe('2026-11-23 17:05:12 UTC');
});
