import fc from 'fast-check';
import {expect, test} from 'vitest';
import {contextSteps, draftTokens, stepDraft, typeDigit} from '../../../src/tui/screens/context-steps.ts';

test('stepping goes to the next length above or below, and stays at the ends', () => {
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

test('a draft takes digits, no leading zero, and not without end', () => {
  expect(typeDigit('', '0')).toBe('');
  expect(typeDigit('', '6')).toBe('6');
  expect(typeDigit('6', '0')).toBe('60');
  expect(typeDigit('12345678', '9')).toBe('12345678');
  expect(draftTokens('')).toBeNull();
  expect(draftTokens('65536')).toBe(65_536);
});
