import {expect, test} from 'vitest';
import {maskNamedValues} from '../../../src/sources/log/mask-named-values.ts';

const secret = 'gk 9f2a'.replace(' ', '-');

test.each([
  [`DB_PASSWORD=${secret} x`, 'DB_PASSWORD=**** x'],
  [`GET /hook?token=${secret}&sig=1 HTTP/1.1`, 'GET /hook?token=****&sig=1 HTTP/1.1'],
  [`GET /v1?key=${secret}&auth=${secret}`, 'GET /v1?key=****&auth=****'],
  [`Authorization: Basic ${secret}`, 'Authorization: ****'],
  [`{"authorization": "Basic ${secret}", "x": 1}`, '{"authorization": "****", "x": 1}'],
  [`'x-api-key': '${secret}', 'host': 'h'`, "'x-api-key': '****', 'host': 'h'"],
  [`X-Auth-Token: ${secret}`, 'X-Auth-Token: ****'],
  [`Cookie: a=${secret}; b=c`, 'Cookie: ****'],
  [`clientSecret: "${secret}"`, 'clientSecret: "****"'],
  [`{\\"client_secret\\": \\"${secret}\\", \\"n\\": 1}`, '{\\"client_secret\\": \\"****\\", \\"n\\": 1}'],
  [`password='it''s \\'${secret}\\''`, "password='****''s \\'gk-9f2a\\''"],
  [`aws_secret_access_key = ${secret}`, 'aws_secret_access_key = ****'],
  [`secret=${secret} password: "hush hush"`, 'secret=**** password: "****"'],
  [`hf-token: ${secret}`, 'hf-token: ****'],
  ['password=my_secret', 'password=****'],
  ['password = correct_horse_battery', 'password = ****'],
  ['HF_TOKEN=self.made_up_value', 'HF_TOKEN=****'],
  ['DB_PASSWORD=abc(defgh', 'DB_PASSWORD=****(defgh'],
  ['password=api_key', 'password=****'],
  ['api_key=api_key-9f2a', 'api_key=****'],
  ['token = api.token.9f2a', 'token = ****'],
  ['auth_token=self.-9f2a', 'auth_token=****'],
  [`headers["Authorization"] = f"Bearer ${secret}"`, 'headers["Authorization"] = f"****"'],
  [`os.environ["HF_TOKEN"] = '${secret}'`, `os.environ["HF_TOKEN"] = '****'`],
  [`api_key = rb'${secret}'`, "api_key = rb'****'"],
  [`(api_key := '${secret}')`, "(api_key := '****')"],
  [`PASSWORD==${secret}`, 'PASSWORD=****'],
])('the value of a secret name is removed: %s', (line, expected) => {
  expect(maskNamedValues(line)).toBe(expected);
});

test.each([
  "KeyError: 'model.layers.0.mlp.gate.weight'",
  "eos_token='<|im_end|>', pad_token='[PAD]', cache_key='abc'",
  'max_tokens=4096, num_key_value_heads=8, token: 12, key: value',
  'api_key=None, hf_token=null, password=false, api_key=****',
  'api_key: Optional[str]'.replace('Optional[str]', ''),
  'Avg generation throughput: 812.5 tokens/s, KV cache usage: 3.1%',
  '?tokens_per_second=12',
  'Could not find secret: xyz',
  'Password: required',
  'error: argument --hf-token: expected one argument',
  'Prefill batch, #new-seq: 1, #new-token: 8192, #cached-token: 131072, token usage: 0.01',
  'Prefill batch. #cached_token=131072',
  'missing_key: model.layers.0.mlp.gate.weight, unexpected_key=lm_head.weight',
  'ssl_key: /etc/ssl/private.pem',
  'Invalid credentials: unauthorized',
  '    self.api_key = api_key',
  '    password=password, api_key=args.api_key, hf_token=self._hf_token,',
  '    token = tokens[index]',
  '    token = self.tokenizer.convert_ids_to_tokens(ids)[0]',
  '    hf_token=os.environ.get("HF_TOKEN"),',
  'HF_TOKEN=os.environ["HF_TOKEN"]',
  '    auth_token = load_token(',
  '    access_token = read(path, ',
  '    if api_key == expected_key and token == last:',
  '    while (token := next(stream)) is not None:',
])('what is no secret is kept: %s', (line) => {
  expect(maskNamedValues(line)).toBe(line);
});

test('the value of an argument of a million characters is found once', () => {
  const backslashes = '\\'.repeat(1_000_000);
  expect(maskNamedValues(`api_key='${backslashes}`)).toBe("api_key='****");
  const names = 'api_key='.repeat(100_000);
  expect(maskNamedValues(names).length).toBeLessThanOrEqual(names.length);
});
