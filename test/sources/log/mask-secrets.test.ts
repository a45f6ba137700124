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
  ])('are not shown: %s', (line) => {
    const masked = maskSecrets(line);
    expect(masked).not.toContain(secret);
    expect(masked).toContain('****');
    if (line.includes('port')) expect(masked).toMatch(/port\D+\d+/);
  });

  test('a token of the hub is recognized by its format', () => {
    expect(maskSecrets('using hf_AbCdEfGhIjKlMnOpQrStUv for this')).toBe('using **** for this');
  });

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
