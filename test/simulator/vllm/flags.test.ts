import {describe, expect, test} from 'vitest';
import {findGpuType} from '../../../src/simulator/node/gpu-catalog.ts';
import {parseServeArguments, parseSize, type ServeOptions, withGpuDefaults} from '../../../src/simulator/vllm/flags.ts';

function options(line: string, environment: Record<string, string> = {}): ServeOptions {
  const parsed = parseServeArguments(line.split(' '), environment);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

describe('parseSize', () => {
  test.each([
    ['262144', 262_144],
    ['32k', 32_000],
    ['32K', 32_768],
    ['25.6k', 25_600],
    ['1M', 1_048_576],
    ['auto', -1],
    ['-1', -1],
    ['25.6K', null],
    ['many', null],
    ['', null],
  ])('reads %j as %j', (text, tokens) => {
    expect(parseSize(text)).toBe(tokens);
  });
});

test.each([
  ['NVIDIA H200', 'm', 8192],
  ['NVIDIA B200', 'm', 16_384],
  ['NVIDIA B200', 'm --max-num-batched-tokens 4096', 4096],
])('the batch on %s of %s has %i tokens', (name, line, tokens) => {
  expect(withGpuDefaults(options(line), findGpuType(name)).maxNumBatchedTokens).toBe(tokens);
});

describe('parseServeArguments', () => {
  test('reads the recommended command of Kimi K2.7 Code', () => {
    const read = options(
      'moonshotai/Kimi-K2.7-Code --tensor-parallel-size 8 --mm-encoder-tp-mode data --trust-remote-code --tool-call-parser kimi_k2 --enable-auto-tool-choice --reasoning-parser kimi_k2',
    );
    expect(read.model).toBe('moonshotai/Kimi-K2.7-Code');
    expect([read.tensorParallelSize, read.vision, read.port, read.gpuMemoryUtilization]).toEqual([
      8,
      'data',
      8000,
      0.92,
    ]);
    expect([read.trustsRemoteCode, read.hasReasoningParser, read.hasAutoToolChoice]).toEqual([true, true, true]);
  });

  test('accepts underscores, equals signs, short names, lists and negated switches', () => {
    const read = options(
      'm -tp 4 --max_model_len=64K --served-model-name kimi code --no-enable-prefix-caching --host 127.0.0.1',
    );
    expect([read.tensorParallelSize, read.maxModelLen, read.host]).toEqual([4, 65_536, '127.0.0.1']);
    expect(read.servedModelNames).toEqual(['kimi', 'code']);
    expect(read.isPrefixCachingEnabled).toBe(false);
  });

  test('the key on the command line overrides the environment', () => {
    expect(options('m', {VLLM_API_KEY: 'from-environment'}).apiKey).toBe('from-environment');
    expect(options('m --api-key given', {VLLM_API_KEY: 'from-environment'}).apiKey).toBe('given');
    expect(options('m').apiKey).toBeNull();
  });

  test.each([
    ['m --tensor-paralel 8', 'vllm: error: unrecognized arguments: --tensor-paralel 8'],
    ['m --port web', "vllm serve: error: argument --port: invalid int value: 'web'"],
    ['m --tensor-parallel-size', 'vllm serve: error: argument --tensor-parallel-size/-tp: expected one argument'],
  ])('refuses %j like argparse', (line, text) => {
    const parsed = parseServeArguments(line.split(' '), {});
    expect(parsed.ok ? '' : parsed.error).toContain(text);
  });
});
