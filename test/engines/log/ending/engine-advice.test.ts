import {describe, expect, test} from 'vitest';
import {engineAdvice} from '../../../../src/engines/log/ending/engine-advice.ts';

describe('the advice of an exception', () => {
  test.each([
    [
      "AssertionError: FP4 attention expects attention_backend to be one of ['a', 'b'], but got c",
      "FP4 attention expects attention_backend to be one of ['a', 'b'], but got c",
    ],
    [
      'ValueError: at least one encoder has to be set via --encoder-urls',
      'at least one encoder has to be set via --encoder-urls',
    ],
    [
      'RuntimeError: The head size 96 is not supported. Please use --attention-backend triton instead.',
      'Please use --attention-backend triton instead.',
    ],
    [
      'pkg.errors.ConfigError: No room. Try increasing `gpu_memory_utilization`. You can also lower `max_model_len`.',
      'Try increasing `gpu_memory_utilization`. You can also lower `max_model_len`.',
    ],
    ['ValueError: --enable-x requires --y=1', '--enable-x requires --y=1'],
  ])('%s', (exception, advice) => {
    expect(engineAdvice(exception)).toBe(advice);
  });

  test.each([
    "KeyError: 'x'",
    "TypeError: int() argument must be a string or a real number, not 'NoneType'",
    'RuntimeError: something broke',
    'AssertionError: W must be 256, but got 32',
    'RuntimeError: Engine core initialization failed. Please see the stack trace above.',
    'RuntimeError: Unexpected state. Please file an issue on GitHub.',
    `RuntimeError: bad. Please ${'x'.repeat(400)}.`,
    '',
  ])('nothing is made up: %s', (exception) => {
    expect(engineAdvice(exception)).toBeNull();
  });
});
