import {expect, test} from 'vitest';
import {engines} from '../../src/engines/registry.ts';
import {canBeSecret, engineSecretNames, isSecretName, isSecretParameter} from '../../src/shared/secret-names.ts';

test.each([
  'VLLM_API_KEY',
  'hfToken',
  '--api-key',
  '--api-k',
  '--hf-t',
  'X-Auth-Token',
  'Authorization',
  'Cookie',
  'token',
  'AWS_SECRET_ACCESS_KEY',
  'PASSWD_X',
  'CREDENTIALS',
  'API_KEYS',
  'apikeys',
  'clientSecret',
  ...engineSecretNames,
  ...engines.flatMap(({secretOptions}) => secretOptions),
])('%s is the name of a secret', (name) => {
  expect(isSecretName(name)).toBe(true);
  expect(isSecretParameter(name)).toBe(true);
});

test.each([
  '--max-num-batched-tokens',
  '--max-total-tokens',
  'VLLM_MAX_TOKENS_PER_EXPERT_FP4_MOE',
  'tokens',
  'eos_token',
  'cached-token',
  'new-token',
  'num_key_value_heads',
  'key',
  'sort_key',
  'missing_keys',
  'dict_keys',
  'monkey',
  'KeyError',
  'API_KEY_FILE',
  'SSH_AUTH_SOCK',
  '--tokenizer',
  '',
])('%s is not', (name) => {
  expect(isSecretName(name)).toBe(false);
});

test('a key alone is a secret as the parameter of an address', () => {
  expect(isSecretParameter('key')).toBe(true);
  expect(isSecretParameter('sort_key')).toBe(false);
});

test('counts and words for nothing are no secrets', () => {
  expect(['', '131072', '1310720', '0.9', '1_000', 'None', 'null', 'true'].filter(canBeSecret)).toEqual([]);
  expect(['12345678', 'k-1', 'hush'].filter(canBeSecret)).toEqual(['12345678', 'k-1', 'hush']);
});
