import fc from 'fast-check';
import {expect, test} from 'vitest';
import {boundedCopy, clipboardSequence, MAX_COPIED_BYTES, multiplexerOf} from '../../../src/tui/canvas/clipboard.ts';

test('the text is Base64 in the sequence of xterm', () => {
  expect(clipboardSequence('http://127.0.0.1:8000/v1 é', null)).toBe(
    `\u001b]52;c;${Buffer.from('http://127.0.0.1:8000/v1 é').toString('base64')}\u0007`,
  );
});

test('inside tmux it is sent to tmux, and wrapped for the terminal around it', () => {
  const plain = clipboardSequence('a', null);
  expect(clipboardSequence('a', 'tmux')).toBe(`${plain}\u001bPtmux;\u001b${plain}\u001b\\`);
});

test('GNU screen gets it in strings that it can keep, and passes on what they hold', () => {
  fc.assert(
    fc.property(fc.integer({min: 0, max: 40_000}), (length) => {
      const text = 'x'.repeat(length);
      const plain = clipboardSequence(text, null);
      const sent = clipboardSequence(text, 'screen');
      const strings = [...sent.matchAll(/\u001bP(.*?)\u001b\\/gs)].map(([, inside = '']) => inside);
      expect(strings.join('')).toBe(plain);
      const outside = sent.replaceAll(/\u001bP.*?\u001b\\/gs, '');
      expect(outside === '' || outside === plain).toBe(true);
      expect(Math.max(outside.length, ...strings.map((inside) => inside.length))).toBeLessThan(768);
    }),
  );
});

test.each([
  ['a terminal', {TERM: 'xterm-256color'}, null],
  ['tmux here', {TERM: 'screen-256color', TMUX: '/tmp/tmux-1000/default,1,0'}, 'tmux'],
  ['tmux before ssh', {TERM: 'tmux-256color'}, 'tmux'],
  ['GNU screen here', {TERM: 'screen', STY: '12.pts-0.node'}, 'screen'],
  ['GNU screen with the name of its terminal', {TERM: 'screen.xterm-256color', TMUX: 'left-over,1,0'}, 'screen'],
  ['either before ssh', {TERM: 'screen-256color'}, 'screen'],
  ['one in the other', {TERM: 'screen-256color', TMUX: '/tmp/t,1,0', STY: '12.pts-0.node'}, 'screen'],
  ['no variables', {}, null],
  ['empty variables', {TERM: 'xterm', TMUX: '', STY: ''}, null],
])('the multiplexer: %s', (_where, environment, expected) => {
  expect(multiplexerOf(environment)).toBe(expected);
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
