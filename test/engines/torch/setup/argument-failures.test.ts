import {describe, expect, test} from 'vitest';
import {createLogReading} from '../../../../src/engines/log/read-log.ts';
import {engines} from '../../../../src/engines/registry.ts';

function findingOf(engine: string | null, ...lines: readonly string[]) {
  const reading = createLogReading(engines, engines.find(({name}) => name === engine) ?? null);
  for (const [index, text] of lines.entries()) reading.take({text, number: index + 1});
  return reading.result()?.findings[0];
}

const usage = 'usage: vllm serve [model_tag] [options]';

describe('what the parser of a command line says is the cause', () => {
  test.each([
    [
      'vllm',
      "vllm serve: error: argument --quantization/-q: invalid choice: 'fp_8' (choose from 'awq', 'fp8', 'gptq')",
      'unsupported-quantization',
      /awq, fp8, gptq/,
      /nearest choice is fp8/,
    ],
    [
      'sglang',
      "launch_server.py: error: argument --quantization: invalid choice: 'zzzzzz' (choose from awq, fp8)",
      'unsupported-quantization',
      /It knows awq, fp8/,
      /^Remove the option.*newer release of SGLang/,
    ],
    [
      'vllm',
      "vllm serve: error: argument --load-format: invalid choice: 'dumy' (choose from 'auto', 'dummy')",
      'invalid-argument',
      /--load-format: invalid choice: 'dumy'/,
      /nearest choice is dummy/,
    ],
    [
      'sglang',
      "sglang serve: error: argument --load-balance-method: invalid choice: 'x' (choose from round_robin, minimum_tokens)",
      'invalid-argument',
      /round_robin, minimum_tokens/,
      /^Use one of the choices/,
    ],
    [
      'vllm',
      'api_server.py: error: argument --max-model-len: expected one argument',
      'invalid-argument',
      /--max-model-len: expected one/,
      /its value/,
    ],
    [
      'sglang',
      'launch_server.py: error: argument --enable-metrics: ignored explicit argument \u0027true\u0027',
      'invalid-argument',
      /--enable-metrics/,
      /switch/,
    ],
    [
      'vllm',
      'vllm serve: error: argument --no-enable-chunked-prefill: not allowed with argument --enable-chunked-prefill',
      'invalid-argument',
      /not allowed/,
      /either it or --enable-chunked-prefill/,
    ],
    [
      'sglang',
      'python3 -m sglang.launch_server: error: ambiguous option: --disable could match --disable-radix-cache, --disable-cuda-graph',
      'invalid-argument',
      /could match/,
      /in full/,
    ],
    [
      'sglang',
      '__main__.py: error: the following arguments are required: --model-path/--model',
      'invalid-argument',
      /--model-path/,
      /Add what is missing/,
    ],
    [
      'vllm',
      'vllm serve: error: argument --speculative-config/-sc: Value {method:mtp} cannot be converted to <function loads at 0x7f00>.',
      'invalid-argument',
      /--speculative-config/,
      /JSON/,
    ],
    [
      'sglang',
      'launch_server.py: error: unrecognized arguments: --dcp_size 8',
      'unknown-argument',
      /--dcp_size 8/,
      /0\.5\.15/,
    ],
    [
      'vllm',
      "vllm serve: error: argument --reasoning-parser: invalid choice: 'kimi-k2' (choose from 'kimi_k2', 'qwen3')",
      'unknown-parser',
      /kimi-k2/,
      /kimi_k2/,
    ],
    [
      'vllm',
      "vllm serve: error: argument --tool-call-parser: invalid choice: 'herms' (choose from hermes, mistral)",
      'unknown-parser',
      /herms/,
      /hermes/,
    ],
  ] as const)('%s: %s', (engine, line, code, says, advises) => {
    const finding = findingOf(engine, usage, line);
    expect(finding?.code).toBe(`${engine}.${code}`);
    expect(finding?.message).toMatch(says);
    expect(finding?.remedy).toMatch(advises);
  });

  test('also where the program is known by its line only', () => {
    const line = "launcher.py: error: argument --dtype: invalid choice: 'bf16' (choose from auto, bfloat16, half)";
    expect(findingOf(null, line)).toMatchObject({code: 'common.invalid-argument'});
    expect(findingOf(null, line)?.message).toMatch(/^The engine rejects/);
  });

  test('a list of a thousand choices is cut, and the nearest is still found', () => {
    const names = Array.from({length: 300}, (_, index) => `'format_${index}'`).join(', ');
    const line = `vllm serve: error: argument --load-format: invalid choice: 'format-7' (choose from ${names})`;
    const finding = findingOf('vllm', line);
    expect(finding?.message.length).toBeLessThan(500);
    expect(finding?.remedy).toContain('format_7:');
  });
});

test.each([
  [
    'vllm: error: unrecognized arguments: --temperature 0.8 --top-p 0.9',
    /^Remove --temperature and --top-p: .* each request/,
  ],
  ['vllm: error: unrecognized arguments: --omni', /vLLM-Omni/],
  [
    'vllm: error: unrecognized arguments: --task=embed',
    /Newer releases of vLLM do not have --task: use --runner pooling/,
  ],
  [
    'vllm: error: unrecognized arguments: --eplb-window-size 1000',
    /Newer releases of vLLM do not have --eplb-window-size: use --eplb-config/,
  ],
  ['vllm: error: unrecognized arguments: --enable-multimodal-encoder-data-parallel', /use --mm-encoder-tp-mode data/],
])('an option that no release of the server has is not to be had by an upgrade: %s', (line, remedy) => {
  expect(findingOf('vllm', usage, line)?.remedy).toMatch(remedy);
  expect(findingOf('vllm', usage, line)?.remedy).not.toContain('newer release of vLLM');
});

test('an option of SGLang that was renamed has its new name in the remedy', () => {
  const line = 'launch_server.py: error: unrecognized arguments: --enable-deepep-moe';
  expect(findingOf('sglang', line)?.remedy).toContain('use --moe-a2a-backend deepep.');
});
