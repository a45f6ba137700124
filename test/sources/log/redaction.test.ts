import {describe, expect, test} from 'vitest';
import {maskPrompts} from '../../../src/sources/log/mask-prompts.ts';
import {createRedaction} from '../../../src/sources/log/redaction.ts';

describe('prompts', () => {
  test.each([
    [
      "Received request cmpl-1: prompt: 'tell me \\'all\\' of it', params: SamplingParams(n=1)",
      "Received request cmpl-1: prompt: 'redacted', params: SamplingParams(n=1)",
    ],
    ['prompt_token_ids: [1, 2, 3], lora_request: None', 'prompt_token_ids: [redacted], lora_request: None'],
    [
      "Finish: out={'text': 'an answer', 'output_ids': [4, 5]}",
      "Finish: out={'text': 'redacted', 'output_ids': [redacted]}",
    ],
    [
      'body: {"model": "kimi", "messages": [{"role": "user", "content": "x]"}]}',
      'body: {"model": "kimi", "messages": [redacted]',
    ],
    [
      "Generated response chatcmpl-1: output: 'begun and never clo",
      "Generated response chatcmpl-1: output: 'redacted'",
    ],
    ['Avg prompt throughput: 12.0 tokens/s, Running: 4 reqs', 'Avg prompt throughput: 12.0 tokens/s, Running: 4 reqs'],
  ])('of %s are removed', (line, expected) => {
    expect(maskPrompts(line)).toBe(expected);
  });
});

describe('secrets', () => {
  const redaction = createRedaction({
    environments: [
      {
        VLLM_API_KEY: 'planted-value',
        HF_TOKEN: 'short',
        PATH: '/usr/bin',
        AN_OTHER_KEY: 'planted-value-2',
      },
    ],
  });

  test('the values of secret variables are removed everywhere, the longer first', () => {
    expect(redaction.text('a planted-value here\nhttp://u:planted-value-2@host /usr/bin')).toBe(
      'a **** here\nhttp://****@host /usr/bin',
    );
  });

  test('values after a secret option or name are removed; similar others are kept', () => {
    expect(
      redaction.value({
        extraArguments: ['--api-key', 'abc', '--max-total-tokens', '4096', '--api-key', '--seed', '1'],
        apiKey: 'abc',
        note: ['planted-value'],
        contextLengthTokens: 131_072,
        nothing: null,
      }),
    ).toEqual({
      extraArguments: ['--api-key', '****', '--max-total-tokens', '4096', '--api-key', '--seed', '1'],
      apiKey: '****',
      note: ['****'],
      contextLengthTokens: 131_072,
      nothing: null,
    });
  });
});

describe('the boundaries of a secret', () => {
  test('values of six characters are removed, of five are kept, and those of other variables are kept', () => {
    const redaction = createRedaction({
      environments: [{A_KEY: 'sixsix', B_KEY: 'fiver', HOSTNAME: 'nodename', C_KEY: undefined}],
    });
    expect(redaction.text('sixsix fiver nodename undefined')).toBe('**** fiver nodename undefined');
  });

  test.each(['MY_KEY', 'my_token', 'A_SECRET', 'DB_PASSWORD', 'PASSWD_X', 'CREDENTIALS'])(
    '%s is a secret variable',
    (name) => {
      expect(createRedaction({environments: [{}, {[name]: 'planted'}]}).text('planted')).toBe('****');
    },
  );

  test.each(['--api-key', '--hf-token', '-secret', '--admin_password', '--ssl-passphrase'])(
    '%s hides what follows',
    (option) => {
      const {value} = createRedaction();
      expect(value([option, 'x'])).toEqual([option, '****']);
      expect(value([option, '-x'])).toEqual([option, '-x']);
      expect(value([option, 5])).toEqual([option, 5]);
      expect(value([option.replace(/^-+/, ''), 'x'])).toEqual([option.replace(/^-+/, ''), 'x']);
    },
  );

  test('a name of a secret hides only text', () => {
    expect(createRedaction().value({token: 5, apiKey: ['x'], tokens: 'x', key: 'x'})).toEqual({
      token: 5,
      apiKey: ['x'],
      tokens: 'x',
      key: '****',
    });
  });
});
