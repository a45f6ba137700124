import {describe, expect, test} from 'vitest';
import {type SourceRule, violationsIn, violationsOf} from './source-patterns.ts';

/** What is drawn has a role; the theme alone knows its color. */
const rules: readonly SourceRule[] = [
  {name: 'writes a color or an attribute as a sequence', pattern: /(?:\\u001b|\\x1b|\\e|\\u009b)\[\d[\d;]*m/},
  {name: 'writes a color as a parameter', pattern: /\b[34]8;[25];/},
  {name: 'has a color as a number', pattern: /['"`]#(?:[\da-fA-F]{3}){1,2}['"`]/},
  {
    name: 'asks another package for colors',
    pattern: /\bstyleText\(|from 'chalk'|<\w+[^>]*\b(?:color|backgroundColor)=/,
  },
];

/** The simulated programs print as the real ones do. */
const isExempt = (file: string): boolean => file.startsWith('tui/theme/') || file.startsWith('simulator/');

test('the theme alone has colors', () => {
  expect(violationsOf(rules, isExempt)).toEqual([]);
});

/** The lines below have `#{` where the planted source has the `${` of a template. */
const planted = (line: string): string => line.replaceAll('#{', '$'.concat('{'));

describe('a planted color is found:', () => {
  test.each([
    String.raw`const red = '\u001b[31m';`,
    String.raw`const bold = '\x1b[1;38;5;203m';`,
    'const code = `38;2;#{red};0;0`;',
    "const fill = '#56b4e9';",
    'const text = <Text color="red">failed</Text>;',
    "const text = styleText('red', 'failed');",
  ])('%s', (line) => {
    expect(violationsIn(`const first = 1;\n${planted(line)}\n`, 'planted.ts', rules).length).toBeGreaterThan(0);
  });
});

describe('what is no color is accepted:', () => {
  test.each([
    String.raw`const clear = '\u001b[m\u001b[2J';`,
    "const mark = '#';",
    "const span = {text: 'failed', tone: 'critical'};",
    '// the blue of Okabe and Ito, #56b4e9',
  ])('%s', (line) => {
    expect(violationsIn(line, 'planted.ts', rules)).toEqual([]);
  });
});
