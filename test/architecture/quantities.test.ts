import {describe, expect, test} from 'vitest';
import {type SourceRule, violationsIn, violationsOf} from './source-patterns.ts';

const unit = String.raw`(?:ms|s|min|h|KiB|MiB|GiB|TiB|KB|MB|GB|TB|tokens|W|kW)\b|%`;

/** Bytes, counts, shares and durations become text in shared/quantities alone. */
const rules: readonly SourceRule[] = [
  {name: 'formats a number', pattern: /\.(?:toFixed|toPrecision|toExponential|toLocaleString)\(/},
  {name: 'makes a number format', pattern: /\bIntl\.NumberFormat\b/},
  {name: 'writes a unit behind arithmetic', pattern: new RegExp(String.raw`\$\{[^{}\`]*[*/][^{}\`]*\} ?(?:${unit})`)},
  {
    name: 'writes a unit behind a rounded number',
    pattern: new RegExp(String.raw`\$\{Math\.\w+\([^{}\`]*\)\} ?(?:${unit})`),
  },
];

/** The simulated programs print as the real ones do. */
const isExempt = (file: string): boolean => file.startsWith('shared/quantities/') || file.startsWith('simulator/');

test('the source formats quantities in one place', () => {
  expect(violationsOf(rules, isExempt)).toEqual([]);
});

/** The lines below have `#{` where the planted source has the `${` of a template. */
const planted = (line: string): string => line.replaceAll('#{', '$'.concat('{'));

describe('a planted formatter is found:', () => {
  test.each([
    'const text = `#{(bytes / BYTES_PER_GIB).toFixed(1)} GiB`;',
    "const text = count.toLocaleString('en-US');",
    "const whole = new Intl.NumberFormat('en-US');",
    'const text = `#{Math.round(ms)} s`;',
    'const text = `no answer within #{timeoutMs / 1000} s`;',
    'const text = `#{ratio * 100}%`;',
    'const text = `#{Math.round(bytes / BYTES_PER_MIB)} MiB`;',
    'const text = value.toPrecision(3);',
  ])('%s', (line) => {
    expect(violationsIn(`const first = 1;\n${planted(line)}\n`, 'planted.ts', rules).length).toBeGreaterThan(0);
  });
});

describe('what is not a formatter is accepted:', () => {
  test.each([
    'const text = `#{secondsText(timeoutMs)} at most`;',
    'const text = `#{match[2]} GiB of KV cache`;',
    'const path = `#{folder}/#{name}`;',
    'const seconds = ms / 1000;',
    '// value.toFixed(1) was here',
    '/** As `value.toFixed(1)` has it. */',
  ])('%s', (line) => {
    expect(violationsIn(planted(line), 'planted.ts', rules)).toEqual([]);
  });
});
