import fc from 'fast-check';
import {expect, test} from 'vitest';
import {boundedCopy, clipboardSequence, MAX_COPIED_BYTES} from '../../../src/tui/canvas/clipboard.ts';

test('the text is Base64 in the sequence of xterm', () => {
  expect(clipboardSequence('http://127.0.0.1:8000/v1 é', false)).toBe(
    `\u001b]52;c;${Buffer.from('http://127.0.0.1:8000/v1 é').toString('base64')}\u0007`,
  );
});

test('inside tmux it is sent to tmux, and wrapped for the terminal around it', () => {
  const plain = clipboardSequence('a', false);
  expect(clipboardSequence('a', true)).toBe(`${plain}\u001bPtmux;\u001b${plain}\u001b\\`);
});

test('a text is at most so long, and is never cut within a character', () => {
  fc.assert(
    fc.property(fc.constantFrom('a', 'é', '模', '😀'), fc.integer({min: 0, max: 3}), (character, before) => {
      const long = 'x'.repeat(before) + character.repeat(MAX_COPIED_BYTES + 1);
      const {text, isWhole} = boundedCopy(long);
      expect(isWhole).toBe(false);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_COPIED_BYTES);
      expect(Buffer.byteLength(text)).toBeGreaterThan(MAX_COPIED_BYTES - 4);
      expect(long.startsWith(text)).toBe(true);
    }),
  );
  expect(boundedCopy('short')).toEqual({text: 'short', isWhole: true});
});
