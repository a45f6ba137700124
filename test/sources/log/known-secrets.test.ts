import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {createKnownSecrets} from '../../../src/sources/log/known-secrets.ts';

const secret = 'Ab/9+x"é\\ü=&k3y-42';

function masked(text: string, ...secrets: readonly string[]): string {
  return text.split('\n').map(createKnownSecrets(secrets).lineMask()).join('\n');
}

const doubled = JSON.stringify(JSON.stringify({key: secret}));
const hexed = [...Buffer.from(secret)].map((byte) => `%${byte.toString(16)}`).join('');

describe('a known value is found', () => {
  test.each([
    ['as it is', secret],
    ['percent-encoded', encodeURIComponent(secret)],
    ['percent-encoded in small letters', encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase())],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(secret))],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in JSON in JSON', doubled],
    ['in JSON with escapes for all that is not ASCII', '"Ab\\/9+x\\"\\u00e9\\\\\\u00fc=&k3y-42"'],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64 of a longer text', Buffer.from(`user:${secret}`).toString('base64')],
    ['in base64 of another longer text', Buffer.from(`me:${secret}:x`).toString('base64')],
    ['in base64url', Buffer.from(`a:${secret}`).toString('base64url')],
  ])('%s', (_, form) => {
    const line = masked(`before ${form} after`, secret);
    expect(line).toMatch(/^before .*\*\*\*\*.* after$/);
    expect(line).not.toContain('k3y-42');
    expect(line).not.toContain(Buffer.from(secret).toString('base64').slice(4, 12));
  });

  test('in JSON, also if it looks percent-encoded itself', () => {
    const odd = 'a%41"b\\c%2f-9';
    expect(masked(`{"key":${JSON.stringify(odd)}}`, odd)).toBe('{"key":"****"}');
    expect(masked(`?key=${encodeURIComponent(odd)}&x`, odd)).toBe('?key=****&x');
  });

  test('with every character percent-encoded', () => {
    expect(masked(`q=${[...'planted-1'].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')}&x`, 'planted-1')).toBe(
      'q=****&x',
    );
    // Also with characters of several bytes.
    expect(masked(`q=${hexed}&x`, secret)).toBe('q=****&x');
  });

  test('within other encoded text, of which nothing else changes', () => {
    expect(masked('GET /%2Fa%2fb?k=pl%61nted-1&u=%2F "\\u0041"', 'planted-1')).toBe(
      'GET /%2Fa%2fb?k=****&u=%2F "\\u0041"',
    );
  });

  test('cut by a line end, with another line start after it', () => {
    const lines = masked(
      'INFO key planted-va\nINFO 11-26 [a.py:1] lue-4711 and more\nlue-4711',
      'planted-value-4711',
    ).split('\n');
    expect(lines).toEqual(['INFO key ****', 'INFO 11-26 [a.py:1] **** and more', 'lue-4711']);
  });

  test('before a shorter one that it contains', () => {
    expect(masked('secret-1-long secret-1', 'secret-1', 'secret-1-long')).toBe('**** ****');
  });

  test('wherever it stands, and nothing of it is left', () => {
    const value = fc
      .string({minLength: 8, maxLength: 30, unit: 'grapheme-ascii'})
      .filter((text) => text.trim() === text);
    const around = fc.stringMatching(/^[a-z ]{0,20}$/);
    const form = fc.constantFrom(
      (text: string) => text,
      encodeURIComponent,
      (text: string) => JSON.stringify(text).slice(1, -1),
    );
    fc.assert(
      fc.property(value, around, around, form, (planted, before, after, encode) => {
        const line = masked(`${before}<${encode(planted)}>${after}`, planted);
        expect(line).not.toContain(planted);
        expect(line).toContain('****');
      }),
    );
  });
});

test('values of five characters are kept, and so is a text without any', () => {
  expect(masked('fives %2F \\n', 'fives', '')).toBe('fives %2F \\n');
  expect(masked('a line with plant\nand no more', 'planted-value')).toBe('a line with plant\nand no more');
});
