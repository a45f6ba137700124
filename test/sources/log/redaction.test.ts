import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {detailsSchema} from '../../../src/domain/diagnosis/details/details.ts';
import {maskPrompts} from '../../../src/sources/log/mask-prompts.ts';
import {
  createRedaction,
  createSecretMask,
  createTextMask,
  maskFinding,
  secretsIn,
} from '../../../src/sources/log/redaction.ts';

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
    expect(
      createRedaction().value({token: 5, apiKey: ['x'], tokens: 'x', key: 'contextLength', myKey: 'x', count_key: '1'}),
    ).toEqual({
      token: 5,
      apiKey: ['x'],
      tokens: 'x',
      key: 'contextLength',
      myKey: '****',
      count_key: '1',
    });
  });
});

describe('the secrets of a configuration', () => {
  test.each([
    [['--max-num-batched-tokens', '131072']],
    [['--max-num-batched-tokens=131072']],
    [['--max-total-tokens', '131072', '--max-prefill-tokens', '16384']],
    [['--tokenizer', 's3://models/Kimi-K2.7-Code', '--speculative-model=https://hub/models/eagle-3']],
    [['--api-key', '8192', '--hf-token', 'none']],
  ])('are not its numbers, names of models or addresses: %j', (extraArguments) => {
    expect(secretsIn({documents: [{extraArguments}]})).toEqual([]);
  });

  test('are not the numbers, files and sockets of the environment', () => {
    const environment = {
      VLLM_MAX_TOKENS_PER_EXPERT_FP4_MOE: '163840',
      SOME_TOKEN: '131072',
      GOOGLE_APPLICATION_CREDENTIALS: '/etc/keys/gcp.json',
      SSH_AUTH_SOCK: '/tmp/ssh-abc/agent.1',
      API_KEY_FILE: '/run/api-key',
    };
    expect(secretsIn({environments: [environment]})).toEqual([]);
  });

  test('are its keys, the passwords of addresses, and what identifies a webhook', () => {
    const document = {
      hooks: [
        {url: 'https://hooks.example/services/T0A/B0B/x7Gh?sig=99aa', command: null},
        {url: null, command: ['curl', '-H', 'X-Api-Key: k-1', 'https://ntfy.example/topic-1']},
      ],
      extraArguments: ['--api-key', 'k-2', '--api-keys=k-3', '--tokenizer', 'https://u:k-4@hub/models/m'],
    };
    const found = secretsIn({
      documents: [document],
      environments: [{VLLM_API_KEY: '12345678901', XY: 'redis://:k-5@h'}],
    });
    expect(new Set(found)).toEqual(
      new Set(['T0A', 'B0B', 'x7Gh', '99aa', 'k-1', 'topic-1', 'k-2', 'k-3', 'k-4', '12345678901', 'k-5']),
    );
  });

  test('are not in a finding, also where the evidence was cut within one', () => {
    const mask = createTextMask(createSecretMask(['planted-value']));
    const finding = {
      code: 'vllm.planted-value',
      severity: 'critical',
      message: 'It has planted-value.',
      evidence: 'line 3: the planted-val ...',
      remedy: 'Remove planted-value.',
      settingsChange: null,
    } as const;
    expect(maskFinding(finding, mask)).toEqual({
      ...finding,
      message: 'It has ****.',
      evidence: 'line 3: the ****',
      remedy: 'Remove ****.',
    });
    expect(maskFinding({...finding, evidence: null}, mask).evidence).toBeNull();
  });

  test('are not in the details of a finding, by value and by name', () => {
    const mask = createTextMask(createSecretMask(['planted-value']));
    const details = detailsSchema.parse({
      pid: 7,
      command: 'serve planted-value',
      words: ['--api-key', 'hush'],
      environment: {HF_TOKEN: 'whisper', HOME: '/root'},
    });
    const finding = {
      code: 'x.y',
      severity: 'info',
      message: '',
      evidence: null,
      remedy: '',
      settingsChange: null,
    } as const;
    expect(maskFinding({...finding, details}, mask).details).toEqual({
      pid: 7,
      command: 'serve ****',
      words: ['--api-key', '****'],
      environment: {HF_TOKEN: '****', HOME: '/root'},
    });
  });
});

describe('source code in a traceback', () => {
  const mask = createTextMask(createSecretMask([]));

  test.each([
    '    self.api_key = api_key',
    '    client = Client(api_key=args.api_key, password=password)',
    '    hf_token=os.environ["HF_TOKEN"], HF_TOKEN=os.getenv("HF_TOKEN")',
    '    access_token = tokens[0] if api_key == other else load_token(path)',
  ])('is kept, as it has no secret: %s', (line) => {
    expect(mask(line)).toBe(line);
  });

  test('a secret without quotes is removed, whatever it is made of', () => {
    const hidden = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{8,30}$/);
    const name = fc.constantFrom('password', 'DB_PASSWORD', 'api_key', 'VLLM_API_KEY', 'hf_token', 'HF_TOKEN');
    const sign = fc.constantFrom('=', ' = ', '= ');
    const after = fc.constantFrom('', ' ', ', port=1', ')', '}', '&x=1', ';', '"');
    fc.assert(
      fc.property(name, sign, hidden, after, (secretName, assigned, value, rest) => {
        fc.pre(!/^(?:self|cls|os)\./.test(value) && !value.endsWith(secretName));
        expect(mask(`run ${secretName}${assigned}${value}${rest}`)).not.toContain(value);
      }),
      {numRuns: 1_000},
    );
  });
});
