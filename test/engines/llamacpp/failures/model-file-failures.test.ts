import {describe, expect, test} from 'vitest';
import {findingOf} from '../../torch/torch-findings.ts';

/** What every failed start ends with after the reason. */
const consequences = [
  '0.00.018.261 E llama_model_load: error loading model: llama_model_loader: failed to load model from kimi.gguf',
  '0.00.018.267 E llama_model_load_from_file_impl: failed to load model',
  '0.00.018.295 E common_fit_params: encountered an error while trying to fit params to free device memory: failed to load model',
  "0.00.018.310 E srv    load_model: failed to load model, 'kimi.gguf'",
  '0.00.018.759 E srv  llama_server: exiting due to model loading error',
];

describe('a model file that llama-server cannot read', () => {
  test.each([
    [
      'cut in its header',
      [
        'read: string length 22 exceeds remaining file size 12 bytes',
        'gguf_init_from_reader: failed to read key-value pairs',
      ],
      'model-incomplete',
      /Compare the sizes/,
    ],
    [
      'empty, or a directory',
      ['gguf_init_from_reader: failed to read magic'],
      'model-incomplete',
      /the GGUF file itself/,
    ],
    [
      'of a newer format',
      [
        'gguf_init_from_reader: this GGUF file is version 4 but this software only supports up to version 3',
        'gguf_init_from_reader: failed to read header',
      ],
      'build-too-old',
      /newer build/,
    ],
    [
      'of the first format',
      [
        'gguf_init_from_reader: GGUFv1 is no longer supported, please use a more up-to-date version',
        'gguf_init_from_reader: failed to read header',
      ],
      'model-too-old',
      /newer conversion/,
    ],
    [
      'of the other byte order',
      [
        'gguf_init_from_reader: failed to load model: this GGUF file version 50331648 is extremely large, is there a mismatch between the host and model endianness?',
        'gguf_init_from_reader: failed to read header',
      ],
      'model-byte-order',
      /convert it again/,
    ],
    [
      'with a broken header',
      [
        'gguf_init_from_reader: number of tensors is -1 but must be in [0, 53624256028225440]',
        'gguf_init_from_reader: failed to read header',
      ],
      'model-header-broken',
      /checksum/,
    ],
    [
      'quantized for another version',
      [
        "gguf_init_from_reader: tensor 'blk.1.attn_k.weight' has offset 3675136, expected 3544064",
        'gguf_init_from_reader: failed to read tensor data',
      ],
      'build-too-old',
      /convert the model again/,
    ],
    [
      'without a tensor',
      ["llama_model_load: error loading model: check_tensor_dims: tensor 'blk.2.ffn_up.weight' not found"],
      'build-too-old',
      /do not download it again/,
    ],
  ])('%s', (_, lines, code, fix) => {
    const finding = findingOf('llamacpp', ...lines, ...consequences);
    expect(finding?.code).toBe(`llamacpp.${code}`);
    expect(finding?.remedy).toMatch(fix);
  });

  test('that is not there: it may be one that an argument names', () => {
    const finding = findingOf(
      'llamacpp',
      "gguf_init_from_file: failed to open GGUF file '/models/draft.gguf' (No such file or directory)",
    );
    expect(finding?.message).toContain('/models/draft.gguf');
    expect(finding?.remedy).toContain('--model-draft');
  });
});

test('a chat template that cannot be read is named before the engine gives up on it', () => {
  const finding = findingOf(
    'llamacpp',
    'common_chat_templates_init: error: parser: Parser Error: Expected }} (Got )',
    'common_chat_templates_init: failed to initialize chat template',
    'common_chat_verify_template: failed to apply template: std::exception',
    'error: the supplied chat template is not supported: {{ broken',
  );
  expect(finding?.code).toBe('llamacpp.template-failed');
  expect(finding?.message).toContain('Expected }}');
});

test('an address that the host may not have is not called a port in use', () => {
  const listening = (host: string): string =>
    findingOf('llamacpp', `srv start: couldn't bind HTTP server socket, hostname: ${host}, port: 8080`)?.message ?? '';
  expect(listening('10.0.0.7')).toContain('no address of this host');
  for (const own of ['127.0.0.1', '0.0.0.0', 'localhost', '::1', '::']) {
    expect(listening(own)).toBe(`Port 8080 on ${own} is in use or not permitted.`);
  }
});
