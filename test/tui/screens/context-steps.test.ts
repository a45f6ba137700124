import fc from 'fast-check';
import {expect, test} from 'vitest';
import {contextSteps, draftTokens, stepDraft, typeTokens} from '../../../src/tui/screens/context-steps.ts';

test('stepping goes to the next length above or below, and stops at the ends', () => {
  expect(stepDraft('65536', 1)).toBe('131072');
  expect(stepDraft('65536', -1)).toBe('32768');
  expect(stepDraft('100000', 1)).toBe('131072');
  expect(stepDraft('100000', -1)).toBe('65536');
  expect(stepDraft('262144', 1)).toBe('262144');
  expect(stepDraft('8192', -1)).toBe('8192');
  expect(stepDraft('', 1)).toBe('8192');
});

test('from anywhere, stepping down often enough ends at the shortest length', () => {
  fc.assert(
    fc.property(fc.integer({min: 1, max: 99_999_999}), (tokens) => {
      let draft = String(tokens);
      for (let times = 0; times <= contextSteps.length; times += 1) draft = stepDraft(draft, -1);
      expect(draft).toBe(String(contextSteps[0]));
    }),
  );
});

test('a draft accepts digits, no leading zero, and a limited length', () => {
  expect(typeTokens('', '0')).toBe('');
  expect(typeTokens('', '6')).toBe('6');
  expect(typeTokens('6', '0')).toBe('60');
  expect(typeTokens('12345678', '9')).toBe('12345678');
  expect(typeTokens('12,345,678', '9')).toBe('12,345,678');
  expect(draftTokens('')).toBeNull();
  expect(draftTokens('65536')).toBe(65_536);
});

test('a draft is a number of tokens in the grammar of flags and configuration', () => {
  const typed = (text: string) => [...text].reduce((draft, character) => typeTokens(draft, character) ?? draft, '');
  for (const text of ['131,072', '128K', '128k', '1M', '1m']) expect(typed(text)).toBe(text);
  expect(draftTokens(typed('128K'))).toBe(131_072);
  expect(draftTokens(typed('131,072'))).toBe(131_072);
  // Not a number of tokens yet.
  expect(draftTokens(typed('131,'))).toBeNull();
  // The unit ends it, and follows a digit.
  expect(typed('128K4')).toBe('128K');
  for (const [draft, character] of [
    ['', 'K'],
    ['128K', 'K'],
    ['131,', ','],
    ['128', 'x'],
    ['', ','],
  ] as const) {
    expect(typeTokens(draft, character)).toBeNull();
  }
});
