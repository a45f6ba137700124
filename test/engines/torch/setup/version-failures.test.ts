import {describe, expect, test} from 'vitest';
import {findingOf, type Row, testHealthy, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    'ImportError: huggingface-hub>=0.34.0,<1.0 is required for a normal functioning of this module, but found huggingface-hub==1.2.1.',
    'package-mismatch',
    /pip install 'huggingface-hub>=0\.34\.0,<1\.0'/,
  ],
  [
    'vllm',
    'ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88 from PyObject',
    'package-mismatch',
    /numpy<2/,
  ],
  [
    'sglang',
    'RuntimeError: cuDNN error: CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH',
    'package-mismatch',
    /LD_LIBRARY_PATH/,
  ],
  [
    'vllm',
    "AttributeError: 'KimiK25Config' object has no attribute 'rope_scaling'",
    'package-mismatch',
    /Transformers/,
  ],
  [
    'vllm',
    "AttributeError: Qwen2Tokenizer has no attribute all_special_tokens_extended. Did you mean: 'num_special_tokens_to_add'?",
    'package-mismatch',
    /transformers<5.*not the cause/,
  ],
  ['vllm', 'AttributeError: TokenizersBackend has no attribute max_token_id', 'package-mismatch', /transformers<5/],
  [
    'vllm',
    "  Value error, rope_scaling should have a 'rope_type' key [type=value_error, input_value=ArgsKwargs((), {}), input_type=ArgsKwargs]",
    'package-mismatch',
    /compare rope_scaling in config\.json/,
  ],
  [
    'sglang',
    'AttributeError: TikTokenTokenizer has no attribute build_inputs_with_special_tokens',
    'package-mismatch',
    /Install the Transformers that the requirements of SGLang name/,
  ],
  [
    'vllm',
    'ValueError: Tokenizer class TokenizersBackend does not exist or is not currently imported.',
    'package-mismatch',
    /takes Transformers 5.*--trust-remote-code does not help/,
  ],
  [
    'sglang',
    "TypeError: FusedMoE.__init__() got an unexpected keyword argument 'routed_scaling_factor'",
    'package-mismatch',
    /last frame/,
  ],
  [
    'vllm',
    'RuntimeError: Version mismatch: The cluster was started with:     Ray: 2.48.0     Python: 3.12.3',
    'ray-version',
    /same image/,
  ],
  [
    'vllm',
    '        An attempt has been made to start a new process before the current process has finished its bootstrapping phase.',
    'script-without-guard',
    /__main__/,
  ],
];

describe('versions that do not belong together', () => {
  testRows(rows);

  test('of a failed import the reason counts', () => {
    const finding = findingOf(
      'vllm',
      'RuntimeError: Failed to import transformers.models.kimi because of the following error (look up to see its traceback):',
      "ModuleNotFoundError: No module named 'tiktoken'",
    );
    expect(finding?.message).toContain('tiktoken');
  });

  testHealthy([
    'A module that was compiled using NumPy 1.x cannot be run in NumPy 2.2.0 as it may crash.',
    'WARNING 11-23 02:00:05 [config.py:1] tokenizers 0.21 is required for some models',
  ]);
});
