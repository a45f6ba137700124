import {expect, test} from 'vitest';
import {readVllmArguments} from '../../../src/domain/memory/vllm-arguments.ts';

test('without extra arguments the vision tower is whole on every rank and blocks have 16 tokens', () => {
  expect(readVllmArguments([])).toEqual({
    visionMode: 'data',
    decodeContextParallelSize: 1,
    blockTokens: 16,
    unplanned: [],
  });
});

test('values come after a space or an equals sign, and underscores are hyphens', () => {
  const words = ['--mm_encoder_tp_mode', 'weights', '--decode-context-parallel-size=8', '--block-size', '64'];
  expect(readVllmArguments(words)).toMatchObject({
    visionMode: 'weights',
    decodeContextParallelSize: 8,
    blockTokens: 64,
  });
});

test('the last of a repeated argument counts', () => {
  expect(readVllmArguments(['-dcp', '2', '-dcp', '4']).decodeContextParallelSize).toBe(4);
});

test('--language-model-only drops the vision tower', () => {
  expect(readVllmArguments(['--language-model-only', '--mm-encoder-tp-mode', 'data']).visionMode).toBe('absent');
});

test('arguments that move memory and are not followed are named', () => {
  const words = ['--speculative-config', '{"method": "eagle3"}', '--cpu-offload-gb=20', '--enforce-eager'];
  expect(readVllmArguments(words).unplanned).toEqual(['--speculative-config', '--cpu-offload-gb']);
});

test('a value that is no whole number is left to the engine to refuse', () => {
  expect(readVllmArguments(['--block-size', 'many']).blockTokens).toBe(16);
});
