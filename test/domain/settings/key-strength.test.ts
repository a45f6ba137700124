import fc from 'fast-check';
import {expect, test} from 'vitest';
import {apiKeyProblem} from '../../../src/domain/settings/key-strength.ts';

test.each([
  '',
  ' ',
  'sk-with space-0123456789',
  'sk-tab\t0123456789abc',
  'sk-line\n0123456789abc',
  'sk-ключ-0123456789abc',
  'a,b',
])('the key %j cannot be sent, or is read as several', (key) => {
  expect(apiKeyProblem(key)).toBe('malformed');
});

test.each(['EMPTY', 'token-abc123', 'changeme', 'aaaaaaaaaaaaaaaaaaaaaaaa', '12121212121212121212'])(
  'the key %s can be guessed',
  (key) => {
    expect(apiKeyProblem(key)).toBe('weak');
  },
);

test('every key that is accepted can stand in a header as it is', () => {
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.string({unit: 'binary', maxLength: 40}),
      fc.string({minLength: 0, maxLength: 40}),
      (strange, plain) => {
        for (const key of [strange, plain, `${plain}0123456789abcdef`]) {
          if (apiKeyProblem(key) === 'malformed') continue;
          accepted += 1;
          expect(new Headers({authorization: `Bearer ${key}`}).get('authorization')).toBe(`Bearer ${key}`);
          expect(key.split(/[\s,]/)).toEqual([key]);
        }
      },
    ),
  );
  expect(accepted).toBeGreaterThan(0);
  expect(apiKeyProblem('sk-gantry-Zm9vYmFyYmF6cXV4')).toBe(null);
});
