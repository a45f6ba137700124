import * as fc from 'fast-check';
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
    `the cut argument ['--api-key', '${secret}`,
    `api_key=b'${secret}', port=1`,
    `{'api_key': ['', '${secret}'], 'port': 1}`,
    `argv: ['vllm', '--api-key', '${secret}', '--port', '8000']`,
    `argv: ["vllm","--hf-token","${secret}","--port","8000"]`,
    `VLLM_API_KEY=${secret} HF_TOKEN=${secret},${secret} SSL_KEYFILE_PASSWORD=${secret})${secret} port=8000`,
    `GET /v1/models?api_key=${secret}&port=8000`,
    `Authorization: bearer ${secret}`,
    `Authorization : Bearer ${secret}`,
    `authorization' : 'bearer ${secret}'`,
    `{'API_KEY': ['${secret}', '']}`,
    `{"body": "{\\"API_KEY\\": \\"${secret}\\"}"}`,
    `SOME_APIKEY=${secret}`,
    `authorization=bearer ${secret}`,
    `authorization:bearer  ${secret}`,
    `authorization:  b"bearer ${secret}"`,
    `{"authorization": "Bearer ${secret}", "port": 8000}`,
    `[(b'authorization', b'bearer ${secret}')]`,
    `curl -H 'Authorization: Bearer  ${secret}'`,
    `{"body": "{\\"api_key\\": \\"${secret}\\", \\"port\\": 1}"}`,
    `auth_token="${secret}"`,
    `auth_token : '${secret}'`,
    `{"access_token": "${secret}"}`,
    `{'access_token' : '${secret}'}`,
    `{"body": "{\\"access_token\\": \\"${secret}\\"}"}`,
    `apikey: "${secret}"`,
    `{"api_key" : "${secret}"}`,
    `password = "${secret}"`,
    `--hf-token ${secret}`,
    `--admin-api-key ${secret}`,
    `two lines: api_key='${secret.slice(0, 4)}\r\n${secret}'`,
  ])('are not shown: %s', (line) => {
    const masked = maskSecrets(line);
    expect(masked).not.toContain(secret);
    expect(masked).toContain('****');
    if (line.includes('port')) expect(masked).toMatch(/port\D+\d+/);
    expect(maskSecrets(masked)).toBe(masked);
  });

  test.each([
    [`{"api_key": "${secret}", "q": 1}`, '{"api_key": "****", "q": 1}'],
    [`api_key='${secret}', model='m'`, "api_key='****', model='m'"],
    [`'api_key': ['${secret}', '', '${secret}'], 'port': 1`, "'api_key': ['****', '', '****'], 'port': 1"],
    [`['--api-key', '${secret}', '--port']`, "['--api-key', '****', '--port']"],
    [`authorization:bearer  ${secret} x`, 'authorization:bearer  **** x'],
    [`(b'Authorization',  b'Bearer ${secret}') x`, "(b'Authorization',  b'Bearer ****') x"],
    [`curl -H "X: Bearer ${secret}" x`, 'curl -H "X: Bearer ****" x'],
    [`{\\"api_key\\" : \\"${secret}\\"} x`, '{\\"api_key\\" : \\"****\\"} x'],
    [`SOME_APIKEY=${secret},x y`, 'SOME_APIKEY=**** y'],
    [`api_key=["", '', "${secret}"] x`, 'api_key=["", \'\', "****"] x'],
    [`X: Bearer  ${secret} x`, 'X: Bearer  **** x'],
    [`api_key="", token='', hf_token="${secret}"`, 'api_key="", token=\'\', hf_token="****"'],
    [`--api-key a"${secret}`, '--api-key ****"gk-9f2a71c4e8'],
    [`HF_TOKEN=${secret} x`, 'HF_TOKEN=**** x'],
    [`api_key=b'${secret}', model='m'`, "api_key=b'****', model='m'"],
    [`api_key=${secret}, model=m`, 'api_key=****, model=m'],
    [`--api-key "${secret}" --port 1`, '--api-key "****" --port 1'],
  ])('are all that is removed: %s', (line, masked) => {
    expect(maskSecrets(line)).toBe(masked);
  });

  const value = fc.stringMatching(/^[A-Za-z0-9_.+/-]{8,40}$/).filter((text) => !/^(?:--|hf_|sk-)/.test(text));
  const around = fc.stringMatching(/^[ a-fx0-9'",:={}()[\]-]{0,30}$/);
  const forms = fc.constantFrom(
    ['api_key="', '"'],
    ["'api_key': '", "'"],
    ["'api_key': ['", "']"],
    ["'--api-key', '", "'"],
    ["api_key=b'", "'"],
    ['--hf-token ', ' '],
    ['Authorization: bearer ', "'"],
    ['HF_TOKEN=', ' '],
  );

  test('what stands around a secret is kept, whatever it is', () => {
    fc.assert(
      fc.property(around, forms, value, around, (before, [open = '', close = ''], hidden, after) => {
        expect(maskSecrets(`${before} ${open}${hidden}${close} ${after}`)).toBe(
          `${before} ${open}****${close} ${after}`,
        );
      }),
    );
  });

  test('the time for a line is linear', () => {
    const backslashes = '\\'.repeat(20_000);
    expect(maskSecrets(`api_key='${backslashes}`)).toBe("api_key='****'");
    const spaces = ' '.repeat(50_000);
    for (const before of ['api_key=', 'api_key=[', 'Bearer ', '--api-key ', "'--api-key',", 'authorization: bearer']) {
      const line = `${before}${spaces}[`;
      expect(maskSecrets(line).startsWith(`${before}${spaces}`)).toBe(true);
    }
  });

  test.each(['Bearer 1234567'])('what is shorter is no key: %s', (text) => {
    expect(maskSecrets(text)).toBe(text);
  });

  test.each([
    "non-default args: {'model_tag': 'm', 'api_key': None}",
    'api_key=None, tokenizer_mode=auto, token=12',
    'Avg generation throughput: 812.5 tokens/s, KV cache usage: 3.1%',
    'max_total_num_tokens=1707904, context_len=40960',
    'key_value_cache=0.9',
    '{"api_key": null, "password": false, "q": 1}',
    'api_key: Optional[str] = None, api_key=Optional[str], api_key=SecretStr("**********")',
    "api_key='', model='m'",
    "vllm serve m --api-key --port 8000, ['--api-key', '--port', '8000']",
    'VLLM_API_KEY=None HF_TOKEN= port=8000',
    'missing bearer authentication in the header',
  ])('what is not a secret is kept: %s', (line) => {
    expect(maskSecrets(line)).toBe(line);
  });
});
