import {describe, expect, test} from 'vitest';
import {diagnosisOf, findingOf, healthyStart, type Row, testHealthy, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    "FileNotFoundError: [Errno 2] No such file or directory: '/templates/kimi.jinja'",
    'template-failed',
    /within it/,
  ],
  [
    'sglang',
    "FileNotFoundError: [Errno 2] No such file or directory: '/models/kimi/tiktoken.model'",
    'model-configuration',
    /weights need not/,
  ],
  ['vllm', 'ValueError: No model architectures are specified', 'model-configuration', /config\.json/],
  [
    'sglang',
    'ValueError: Unrecognized model in /models/kimi. Should have a `model_type` key in its config.json, or contain one of the following strings in its name: albert, align',
    'model-configuration',
    /directory in which config\.json lies/,
    /Install a newer/,
  ],
  [
    'vllm',
    "OSError: It looks like the config file at '/models/kimi/config.json' is not a valid JSON file.",
    'model-configuration',
    /Download this file again/,
  ],
  [
    'vllm',
    "OSError: /models/kimi does not appear to have a file named config.json. Checkout 'https://hub.example' for available files.",
    'model-configuration',
    /small files/,
  ],
  ['vllm', "jinja2.exceptions.TemplateSyntaxError: unexpected char '{' at 120", 'template-failed', /--chat-template/],
  ['sglang', "jinja2.exceptions.UndefinedError: 'dict object' has no attribute 'content'", 'template-failed', /client/],
  [
    'vllm',
    '  Value error, unsupported dtype half8 [type=value_error, input_value=ArgsKwargs((), {}), input_type=ArgsKwargs]',
    'setting-rejected',
    /lines before/,
  ],
  [
    'vllm',
    '  Value error, Please pass the argument `trust_remote_code=True` to allow custom code to be run. [type=value_error, input_value=ArgsKwargs((), {}), input_type=ArgsKwargs]',
    'trust-remote-code',
    /--trust-remote-code/,
  ],
];

describe('configurations and templates', () => {
  testRows(rows);

  test('the reason of a rejected setting counts, not the header', () => {
    const header =
      '(APIServer pid=1) pydantic_core._pydantic_core.ValidationError: 1 validation error for ParallelConfig';
    const reason =
      '(APIServer pid=1)   Value error, cannot do that with [2, 3] [type=value_error, input_value=ArgsKwargs((), {}), input_type=ArgsKwargs]';
    expect(findingOf('vllm', header)?.message).toContain('no reason');
    expect(findingOf('vllm', header, reason)?.message).toBe('vLLM rejects its settings: cannot do that with [2, 3].');
    expect(diagnosisOf('vllm', [header, reason])?.findings).toHaveLength(1);
  });

  test('a template that fails for a request is a warning, and the engine serves', () => {
    const error =
      "(APIServer pid=100) ERROR 11-23 02:02:00 [serving.py:1] jinja2.exceptions.UndefinedError: 'dict object' has no attribute 'content'";
    const diagnosis = diagnosisOf('vllm', [...healthyStart([]), error]);
    expect(diagnosis?.exit).toBe('serving');
    expect(diagnosis?.findings).toMatchObject([{code: 'vllm.template-failed', severity: 'warning'}]);
  });

  testHealthy([
    'WARNING 11-23 02:00:05 [config.py:1] Failed to load generation config: o/m does not appear to have a file named generation_config.json. Proceeding',
    'WARNING 11-23 02:00:05 [registry.py:1] No model architectures are specified',
    'INFO 11-23 02:00:05 [hf.py:1] Detected the chat template content format to be "openai", jinja2 environment is ready',
  ]);
});
