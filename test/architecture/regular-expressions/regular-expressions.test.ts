import {expect, test} from 'vitest';
import {patternsIn, patternsOfSource} from './patterns-of-source.ts';
import {slowParts} from './super-linear.ts';

const isSlow = (pattern: RegExp): boolean => slowParts(pattern.source, pattern.flags).length > 0;

test('no regular expression of the source can take more than linear time', async () => {
  const {patterns, unseen} = await patternsOfSource();
  expect(patterns.length).toBeGreaterThan(400);
  expect(unseen).toEqual([]);
  const slow = patterns.flatMap(({place, source, flags}) =>
    slowParts(source, flags).map(({part, why}) => `${place} ${part}: ${why}`),
  );
  expect(slow).toEqual([]);
});

test.each([
  /(a+)+$/,
  /(?:a|a)*b/,
  /^(?:\d+\.?\d*)$/,
  /^\s+|\s+$/,
  /.*x.*y/,
  / Blackwell .*$/,
  /error: .*failed/,
  /error: [^|]*\|/,
  /from (\S+) .{0,200} to .{0,400}x/,
  /a.{0,5000}b/,
  /needed.*?left \d+(?:.*?at most (\d+))/,
  /^x=.*y=.*z/,
  /'(?:\\.|[^'\\])+(?:'|\\?$)/g,
  /\[[^\]]*\]$/,
  /(?=.*x)y/,
  /^\s*Link/m,
  /(P)(?:.*?Q)?/g,
])('a slow one is found: %s', (pattern) => {
  expect(isSlow(pattern)).toBe(true);
});

test.each([
  /^a.*b/,
  /\s$/,
  /#.*/,
  /error: .{0,400}failed/,
  /\[[^[\]]*\]/,
  /Load begin(?:.*?left (\d+))?/,
  /^\d+(?:\.\d+)*$/,
  /<!(?:(?!<!).)*>/,
  /\b\d+ MiB/,
  /(?<=^|\s)x/,
  /load: (\S+) from .*$/s,
])('a fast one is not reported: %s', (pattern) => {
  expect(isSlow(pattern)).toBe(false);
});

// Inputs that some engines need minutes for: what is called slow is slow, and what is called fast is not.
test('the verdicts agree with the clock', () => {
  const attacked = (pattern: RegExp, text: string): number => {
    const before = process.cpuUsage();
    pattern.test(text);
    return process.cpuUsage(before).user / 1_000;
  };
  const text = `${'error: '.repeat(8_000)}\n`;
  expect(attacked(/error: .*failed/, text)).toBeGreaterThan(10 * attacked(/error: .{0,400}failed/, text));
});

test('patterns are found wherever they are written, and calls that make one', () => {
  const {patterns, constructions} = patternsIn(
    'file.ts',
    [
      'const a = /x+/g;',
      'const b = {c: [/y/]};',
      'const d = new RegExp(a.source);',
      "text.match('z+');",
      'text.match(a);',
    ].join('\n'),
  );
  expect(patterns).toEqual([
    {place: 'file.ts:1', source: 'x+', flags: 'g'},
    {place: 'file.ts:2', source: 'y', flags: ''},
  ]);
  expect(constructions).toEqual(['file.ts:3', 'file.ts:4']);
});
