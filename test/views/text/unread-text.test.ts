import {expect, test} from 'vitest';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {plainLines} from '../../../src/views/plan/text-lines.ts';
import {unreadText} from '../../../src/views/text/unread-text.ts';

test.each([
  [{isOpenEnded: true, isTooSlow: false}, /still being written/, /took too long/],
  [{isOpenEnded: false, isTooSlow: true}, /took too long/, /still being written/],
])('a log whose end was not read has the reason why: %o', (end, expected, other) => {
  const text = plainLines(unreadText({afterLine: null, bytes: 0, ...end}, {columns: 400, glyphs: asciiGlyphs}));
  expect(text).toMatch(expected);
  expect(text).not.toMatch(other);
});
