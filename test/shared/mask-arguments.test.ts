import {expect, test} from 'vitest';
import {maskArguments} from '../../src/shared/mask-arguments.ts';

test.each([
  [
    ['--api-key', 'sk-1'],
    ['--api-key', '****'],
  ],
  [['--api-key=sk-1'], ['--api-key=****']],
  [
    ['--api-k', 'sk-1', '--seed', '3'],
    ['--api-k', '****', '--seed', '3'],
  ],
  [
    ['--hf-token=hf_1', '--admin-api-key', 'x'],
    ['--hf-token=****', '--admin-api-key', '****'],
  ],
  [
    ['--ssl-keyfile-password', 'x'],
    ['--ssl-keyfile-password', '****'],
  ],
])('masks the values of secret options: %j', (words, masked) => {
  expect(maskArguments(words)).toEqual(masked);
});

test.each([
  [['--max-total-tokens', '65536', '--enable-prefix-caching']],
  // A secret option without a value has nothing to mask, and the option after it stays.
  [['--api-key', '--seed', '3']],
  [['api-key', 'not-an-option']],
  [[]],
])('leaves others as they are: %j', (words) => {
  expect(maskArguments(words)).toEqual(words);
});
