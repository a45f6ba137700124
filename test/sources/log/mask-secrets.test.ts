import {describe, expect, test} from 'vitest';
import {maskSecrets} from '../../../src/sources/log/mask-secrets.ts';

const secret = 'gk-9f2a71c4e8';

describe('secrets in a log', () => {
  test.each([
    `non-default args: {'model_tag': 'm', 'api_key': ['${secret}'], 'port': 8000}`,
    `non-default args: {'api_key': ['${secret}', '${secret}2'], 'port': 8000}`,
    `server_args=ServerArgs(model_path='m', api_key='${secret}', port=30000)`,
    `server_args=ServerArgs(model_path='m', admin_api_key="${secret}", port=30000)`,
    `Namespace(hf_token='${secret}', port=8000)`,
    `{"api_key": "${secret}"}`,
    `vllm serve m --api-key ${secret} --port 8000`,
    `vllm serve m --api-key=${secret} --port 8000`,
    `curl -H 'Authorization: Bearer ${secret}'`,
    `VLLM_API_KEY='${secret}' SSL_KEYFILE_PASSWORD = "${secret}"`,
    `HF_TOKEN: '${secret}', auth_token="${secret}", access_token='${secret}', apikey="${secret}"`,
    `--API-KEY "${secret} and more", --admin-api-key='${secret}', --hf-token ${secret}`,
    `api_key='a quote: \\'${secret}\\' in it'`,
    `the cut line {'api_key': '${secret}`,
    `a cut escape: api_key='${secret}\\`,
    `two lines: api_key='${secret.slice(0, 4)}\r\n${secret}'`,
  ])('are not shown: %s', (line) => {
    const masked = maskSecrets(line);
    expect(masked).not.toContain(secret);
    expect(masked).toContain('****');
    if (line.includes('port')) expect(masked).toMatch(/port\D+\d+/);
  });

  test('a token of the hub is recognized by its format', () => {
    expect(maskSecrets('using hf_AbCdEfGhIjKlMnOpQrStUv for this')).toBe('using **** for this');
  });

  test('the time for a line is linear', () => {
    const backslashes = '\\'.repeat(20_000);
    expect(maskSecrets(`api_key='${backslashes}`)).toBe("api_key='****'");
  });

  test.each(['sk-0123456789abcdef', 'hf_0123456789abcdef', `hf_${'Aa1'.repeat(11)}`, `sk-proj_${'Aa1-'.repeat(11)}x`])(
    'a key is recognized by its format: %s',
    (key) => {
      expect(maskSecrets(`(${key})`)).toBe('(****)');
    },
  );

  test.each(['sk-0123456789abcde', 'hf_0123456789abcde', 'task-0123456789abcdefgh', 'Bearer 1234567'])(
    'what is shorter, or only part of a name, is no key: %s',
    (text) => {
      expect(maskSecrets(text)).toBe(text);
    },
  );

  test.each([
    "non-default args: {'model_tag': 'm', 'api_key': None}",
    'api_key=None, tokenizer_mode=auto, token=12',
    'Avg generation throughput: 812.5 tokens/s, KV cache usage: 3.1%',
    'max_total_num_tokens=1707904, context_len=40960',
    'key_value_cache=0.9',
  ])('what is not a secret is kept: %s', (line) => {
    expect(maskSecrets(line)).toBe(line);
  });
});
