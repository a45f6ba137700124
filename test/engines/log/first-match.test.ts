import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {llamacppFailures} from '../../../src/engines/llamacpp/failures/catalog.ts';
import {firstMatch, type WithPattern} from '../../../src/engines/log/first-match.ts';
import {sglangFailures} from '../../../src/engines/sglang/failures/catalog.ts';
import {vllmFailures} from '../../../src/engines/vllm/failures/catalog.ts';

const catalogs = {llamacpp: llamacppFailures, sglang: sglangFailures, vllm: vllmFailures};
const words = Object.values(catalogs).flatMap((failures) => failures.map((failure) => failure.words));

/** The same, one pattern after the other. */
function oneByOne<Entry extends WithPattern>(entries: readonly Entry[], text: string) {
  for (const entry of entries) {
    const match = entry.pattern.exec(text);
    if (match !== null) return {entry, match};
  }
  return null;
}

describe('the first entry that matches', () => {
  test('is the first of the list, with its own match, whatever flags its neighbors have', () => {
    const entries = [/no (\d+)/, /NO (x)/i, /(a)(b)/, /a/].map((pattern) => ({pattern}));
    for (const text of ['no x ab', '-ab', 'no 7', 'a'])
      expect(firstMatch(entries, text)).toEqual(oneByOne(entries, text));
    expect(firstMatch(entries, 'no x ab')?.entry).toBe(entries[1]);
    expect(firstMatch(entries, 'c')).toBeNull();
    expect(firstMatch([], 'c')).toBeNull();
  });

  test.each(Object.entries(catalogs))('in the catalog of %s is that of the patterns one by one', (_, failures) => {
    const part = fc.oneof(fc.constantFrom(...words), fc.string({maxLength: 40}));
    const line = fc.array(part, {maxLength: 3}).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(line, (text) => {
        expect(firstMatch(failures, text)).toEqual(oneByOne(failures, text));
      }),
    );
    for (const text of words) expect(firstMatch(failures, text)).toEqual(oneByOne(failures, text));
  });

  test('a pattern that refers to one of its groups, or names one, stands alone', () => {
    const entries = [/(x)/, /(["'])a\1/, /(?<name>b)/, /(?<name>c)/, /d/].map((pattern) => ({pattern}));
    for (const [index, text] of ['x', '"a"', 'b', 'c', 'd'].entries())
      expect(firstMatch(entries, text)?.entry).toBe(entries[index]);
    expect(firstMatch(entries, `"a'`)).toBeNull();
  });
});
