import {readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {comparePublishedStarts, errorSummary} from './published-starts.ts';
import {validationTable} from './validation-table.ts';

const known = comparePublishedStarts(true);
const of = (quantity: string) => known.filter((comparison) => comparison.quantity === quantity);

describe('compared with the logs of published starts', () => {
  test('weights are within 0.5 %', () => {
    expect(of('weights per GPU').length).toBeGreaterThan(0);
    expect(Math.abs(errorSummary(of('weights per GPU')).worst)).toBeLessThan(0.005);
  });

  test('tokens of a known pool are within 0.05 %', () => {
    expect(of('tokens of a known pool').length).toBeGreaterThan(3);
    expect(Math.abs(errorSummary(of('tokens of a known pool')).worst)).toBeLessThan(0.0005);
  });

  test('tokens from scratch are within 6 % at the median', () => {
    expect(of('tokens from scratch').length).toBeGreaterThan(2);
    expect(errorSummary(of('tokens from scratch')).medianAbsolute).toBeLessThan(0.06);
  });
});

test('docs/memory.md contains the table that the bench prints', () => {
  const text = readFileSync(new URL('../../../../docs/memory.md', import.meta.url), 'utf8');
  expect(text).toContain(validationTable());
});
