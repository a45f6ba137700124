import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {cleanLogText} from '../../../src/sources/log/clean-log-text.ts';

const hostile = fc
  .array(
    fc.oneof(
      fc.string({unit: 'binary'}),
      fc.constantFrom(
        '\u001b',
        '[',
        ']',
        '31m',
        '\u0007',
        '\u009b',
        '\u009d',
        '\\',
        '\u202e',
        'P',
        '8',
        '\t',
        '\u0008',
      ),
    ),
  )
  .map((parts) => parts.join(''));

describe('cleanLogText', () => {
  test('leaves no control character, and cleaning twice changes nothing', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const cleaned = cleanLogText(text);
        expect(cleaned).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(cleanLogText(cleaned)).toBe(cleaned);
      }),
      {numRuns: 500},
    );
  });

  test.each([
    ['colors', '\u001b[0;36m(Worker pid=7)\u001b[0;0m INFO', '(Worker pid=7) INFO'],
    ['cursor movement and erasure', 'a\u001b[2K\u001b[1Gb\u001b[?25l', 'ab'],
    ['a window title', '\u001b]0;pwned\u0007text', 'text'],
    ['a hyperlink', '\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['a clipboard write', '\u001b]52;c;aGk=\u0007x', 'x'],
    ['a device string', '\u001bP1$tx\u001b\\y', 'y'],
    ['a full reset', '\u001bcx', 'x'],
    ['one-character C1 forms', '\u009b31mred\u009d0;t\u009cx', 'redx'],
    ['NUL and bell', 'a\u0000b\u0007c', 'abc'],
    ['text that reorders itself', 'abc\u202efed', 'abcfed'],
  ])('removes %s', (_, text, cleaned) => {
    expect(cleanLogText(text)).toBe(cleaned);
  });

  test('does not let a string that never ends hide the rest of the line', () => {
    expect(cleanLogText('\u001b]0;title ERROR out of memory')).toBe('0;title ERROR out of memory');
  });

  test('leaves ordinary text as it is, whatever the script', () => {
    expect(cleanLogText('▄█ 漢字 é 👩‍💻 ok')).toBe('▄█ 漢字 é 👩‍💻 ok');
    expect(cleanLogText('a\tb')).toBe('a    b');
  });
});
