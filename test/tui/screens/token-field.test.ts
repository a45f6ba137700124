import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {parseTokenCount} from '../../../src/domain/settings/token-count.ts';
import {
  contextSteps,
  erase,
  meaningOf,
  pasteInto,
  prefilled,
  step,
  type TokenField,
  tokensIn,
  typeInto,
} from '../../../src/tui/screens/token-field.ts';

const stepped = (text: string, direction: 1 | -1): string => step({text, isPrefilled: false}, direction).text;

function typed(text: string, field: TokenField = prefilled(262_144)): TokenField {
  return [...text].reduce((before, character) => typeInto(before, character) ?? before, field);
}

describe('stepping', () => {
  test('goes to the next length above or below, and stays at the ends', () => {
    expect(stepped('65536', 1)).toBe('131072');
    expect(stepped('65536', -1)).toBe('32768');
    expect(stepped('100000', 1)).toBe('131072');
    expect(stepped('100000', -1)).toBe('65536');
    expect(stepped('262144', 1)).toBe('262144');
    expect(stepped('8192', -1)).toBe('8192');
    expect(stepped('', 1)).toBe('8192');
    expect(stepped('128K', -1)).toBe('65536');
  });

  test('down often enough ends at the shortest length, from anywhere', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 99_999_999}), (tokens) => {
        let field = prefilled(tokens);
        for (let times = 0; times <= contextSteps.length; times += 1) field = step(field, -1);
        expect(field.text).toBe(String(contextSteps[0]));
      }),
    );
  });
});

describe('the field', () => {
  test('the first character replaces what it opened with, the others follow', () => {
    expect(typed('128K')).toEqual({text: '128K', isPrefilled: false});
    expect(tokensIn(typed('128K'))).toBe(131_072);
    expect(typed('8', step(prefilled(262_144), -1)).text, 'a step is a proposal too').toBe('8');
  });

  test('Backspace edits what it opened with', () => {
    expect(erase(prefilled(262_144))).toEqual({text: '26214', isPrefilled: false});
    expect(typed('5', erase(prefilled(262_144))).text).toBe('262145');
    expect(erase(prefilled(undefined)).text).toBe('');
    expect(erase(typed('1🙂')).text, 'a whole character').toBe('1');
  });

  test('keeps every character that is typed, and refuses what is no number of tokens, naming what is expected', () => {
    for (const text of [
      '1.5M',
      '128 K',
      '1e5',
      '-5',
      '0',
      '١٢٨',
      '99999999999999999999',
      '128KK',
      '131,',
      'x',
      '128K4',
    ]) {
      expect(typed(text).text).toBe(text);
      expect(tokensIn(typed(text))).toBeNull();
      expect(meaningOf(typed(text))).toMatchObject({isValid: false});
      expect(meaningOf(typed(text)).text).toContain(text === '128 K' ? '128K without a space' : '128K (131,072)');
    }
  });

  test('ends, and takes no name of a key for a character', () => {
    expect(typed('1'.repeat(100)).text.length).toBeLessThan(40);
    for (const key of ['up', 'enter', 'escape', '\u0007']) expect(typeInto(prefilled(1), key)).toBeNull();
  });

  test('a pasted number of tokens replaces the text; anything else is no input', () => {
    expect(pasteInto(' 64K\n')).toEqual({text: '64K', isPrefilled: false});
    expect(pasteInto('64kB')).toBeNull();
    expect(pasteInto('')).toBeNull();
  });

  test('whatever is typed means what the one grammar says, and what it means is shown', () => {
    const keys = fc.array(fc.constantFrom(...'0123456789,kKmM .-+e'), {maxLength: 12});
    fc.assert(
      fc.property(keys, (characters) => {
        const text = characters.join('');
        const field = typed(text, prefilled(undefined));
        const parsed = parseTokenCount(text);
        expect(tokensIn(field)).toBe(parsed.ok ? parsed.value : null);
        const meaning = meaningOf(field);
        expect(meaning.isValid).toBe(parsed.ok);
        if (parsed.ok) expect(Number(meaning.text.replaceAll(/\D/g, ''))).toBe(parsed.value);
      }),
    );
  });
});
