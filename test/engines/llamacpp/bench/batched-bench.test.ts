import {expect, test} from 'vitest';
import {batchedBench} from '../../../../src/engines/llamacpp/bench/batched-bench.ts';

/** As llama-batched-bench 0.7.0 writes them. */
const alone =
  '{"n_kv_max": 2048, "n_batch": 2048, "n_ubatch": 512, "flash_attn": -1, "is_pp_shared": 0, "n_gpu_layers": -1, "n_threads": 2, "n_threads_batch": 2, "pp": 128, "tg": 32, "pl": 4, "n_kv": 640, "t_pp": 1.194859, "speed_pp": 428.502441, "t_tg": 0.332229, "speed_tg": 385.276428, "t": 1.527088, "speed": 419.098297}';
const shared =
  '{"n_kv_max": 4096, "n_batch": 2048, "n_ubatch": 512, "flash_attn": -1, "is_pp_shared": 1, "n_gpu_layers": -1, "n_threads": 2, "n_threads_batch": 2, "pp": 128, "tg": 32, "pl": 4, "n_kv": 640, "t_pp": 2.301204, "speed_pp": 55.623058, "t_tg": 7.863344, "speed_tg": 16.278061, "t": 10.164548, "speed": 25.185577}';

test('tokens and time are those of all sequences, and no request has a latency', () => {
  const parsed = batchedBench.parse(`main: n_kv_max = 2048\n${alone}\n\n${alone.replace('"pl": 4', '"pl": 8')}\n`);
  expect(parsed).toMatchObject({
    ok: true,
    value: [
      {
        ...{promptTokens: 128, answerTokens: 32, sharedRatio: 0},
        points: [
          {
            ...{concurrency: 4, completed: 4, failed: 0, durationMs: 1_527.088},
            ...{promptTokens: 512, cachedPromptTokens: 0, generatedTokens: 128},
            timeToFirstToken: {p99Ms: {absent: 'no request was sent'}},
            timePerOutputToken: {p99Ms: 332.229 / 32},
          },
          {concurrency: 8},
        ],
      },
    ],
  });
});

test('a shared prompt is computed once: the others find it in the cache', () => {
  const parsed = batchedBench.parse(`${alone}\n${shared}\n`);
  expect(parsed).toMatchObject({
    ok: true,
    value: [{sharedRatio: 0}, {sharedRatio: 1, points: [{promptTokens: 512, cachedPromptTokens: 384}]}],
  });
});

test('nothing that was generated has no time for a token', () => {
  const parsed = batchedBench.parse(alone.replace('"tg": 32', '"tg": 0').replace('385.276428', 'nan'));
  expect(parsed.ok).toBe(false);
  const zero = batchedBench.parse(alone.replace('"tg": 32', '"tg": 0'));
  expect(zero.ok ? zero.value[0]?.points[0]?.timePerOutputToken.p99Ms : null).toHaveProperty('absent');
});

test.each([
  ['nothing', ''],
  ['a table', '|    PP |     TG |    B |'],
  ['half a line', alone.slice(0, 200)],
  ['another document', '{"benchmarks": []}'],
  ['negative numbers', alone.replace('"pl": 4', '"pl": -4')],
])('%s is an error', (_, text) => {
  const parsed = batchedBench.parse(text);
  expect(parsed.ok ? '' : parsed.error).not.toBe('');
});
