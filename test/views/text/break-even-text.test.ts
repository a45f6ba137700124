import {expect, test} from 'vitest';
import {exactMix} from '../../../src/domain/cost/break-even.ts';
import {rational} from '../../../src/domain/cost/rational.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {plainLines} from '../../../src/views/plan/text-lines.ts';
import {breakEvenRows} from '../../../src/views/text/break-even-text.ts';
import {breakEvenOf} from '../../support/break-even-sample.ts';

function textOf(...parameters: Parameters<typeof breakEvenOf>): string {
  const answer = breakEvenOf(...parameters);
  return answer === null ? '' : plainLines(breakEvenRows(answer, {columns: 80, glyphs: asciiGlyphs}));
}

test("the published guide's calculation is shown with its arithmetic, within 80 columns", () => {
  const text = textOf();
  expect(text).toContain('month       $11,680 to $17,520: 730 h x $16.00 to $24.00');
  expect(text).toContain('4,719 to 7,079 million tokens per month: $11,680 to $17,520 / $2.475');
  expect(text).toContain('1,796 to 2,694 tok/s');
  expect(text).toContain('1,903 tok/s; the API charges $12,375: the node loses up to $5,145 or');
  expect(text).toContain('prices      2026-07-24, older than 90 days; https://');
  expect(text).not.toContain('cannot hold');
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
});

test('a node that cannot hold the model is named with the reason of its plan', () => {
  const plan = {
    isHeld: false,
    reason: 'Weights need 6.8 GiB more.',
    smallestNodes: 'Smallest nodes that fit: 8x H200.',
  };
  expect(textOf({}, plan).replaceAll(/\s+/g, ' ')).toContain(
    'warning 8xH100 cannot hold the model: Weights need 6.8 GiB more. Smallest nodes that fit: 8x H200.',
  );
});

test('what the month comes to is a saving, a loss, or either, by the price of the node', () => {
  const at = (tokens: number): string => textOf({tokensPerMonth: rational(tokens)});
  expect(at(1e9)).toContain('the node loses $9,205 to');
  expect(at(1e10)).toContain('the node saves $7,230 to');
});

test('what a million tokens cost can be computed again from the figures that are shown', () => {
  const text = textOf({mix: exactMix(rational(20, 21), rational(9, 10)), cachedOfInput: rational(9, 10)});
  const line = text.replaceAll(/\s+/g, ' ');
  expect(line).toContain('API $0.44381 per million tokens: 9.5238 % new input x $0.95 + 85.7143 % cached x $0.19 +');
  const factors = [...line.matchAll(/([\d.]+) % [a-z ]+ x \$([\d.]+)/g)];
  const sum = factors.reduce((usd, [, percent, price]) => usd + (Number(percent) / 100) * Number(price), 0);
  expect(sum).toBeCloseTo(0.44381, 5);
  expect(line).toContain(`${Math.round(11_680 / 0.44381).toLocaleString('en-US')} to`);
});

test('the cheapest node is named with the rate that decides: the mean, or that of the busy hours of this node', () => {
  const line = (...parameters: Parameters<typeof breakEvenOf>) => textOf(...parameters).replaceAll(/\s+/g, ' ');
  expect(line()).toContain(
    'The cheapest with 1,903 tok/s, 951 of output, the mean of 5,000M tokens per month: 8x H200,',
  );
  const busy = {computedTokensPerSecond: 9000, outputTokensPerSecond: 500};
  expect(line({busy})).toContain(
    'The cheapest with 9,000 tok/s, 951 of output, which 95 of 100 hours of this node stay within: 8x',
  );
});

test('what nodes cost who owns them is apart from their rents', () => {
  expect(textOf().replaceAll(/\s+/g, ' ')).toContain(
    'Owned (--owned), an hour costs, older than 90 days: 8x H200 $11.28, 8x B200 $15.60, 4x B300 SXM6 AC $9.36.',
  );
});

test('another mix has its cached part in the arithmetic and a row of its own', () => {
  const text = textOf({mix: exactMix(rational(9, 10), rational(1, 2)), cachedOfInput: rational(1, 2)});
  expect(text).toContain('45 % new input x $0.95 + 45 % cached x\n');
  expect(text).toContain('* 45.0 %/45.0 %/10.0 %');
});
