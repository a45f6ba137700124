import {describe, expect, test} from 'vitest';
import type {BenchLoad} from '../../../src/engines/bench/bench-tool.ts';
import {guidellm} from '../../../src/engines/bench/guidellm.ts';
import {benchTools as sglangTools} from '../../../src/engines/sglang/bench/bench-tools.ts';
import {benchTools as vllmTools} from '../../../src/engines/vllm/bench/bench-tools.ts';

const load: BenchLoad = {
  baseUrl: 'http://127.0.0.1:8000',
  model: 'kimi',
  tokenizer: '/srv/kimi',
  workload: {promptTokens: 1_000, answerTokens: 50, cachedRatio: 0, sizesFrom: 'given', cachedFrom: 'given'},
  concurrency: 4,
  requests: 16,
  seed: 7,
  directory: '/tmp/run',
};
const cached: BenchLoad = {...load, workload: {...load.workload, cachedRatio: 0.8}};
const [vllm] = vllmTools;
const [sglang, olderSglang] = sglangTools;
if (vllm === undefined || sglang === undefined || olderSglang === undefined) throw new Error('an engine has no tool');

/** As vLLM 0.32 writes it, with fields that are not read. */
const vllmResult = {
  ...{date: '20261128-111900', backend: 'openai', num_prompts: 16, request_rate: 'inf', max_concurrency: 4},
  ...{duration: 1.5, completed: 16, failed: 0, total_input_tokens: 16_000, total_output_tokens: 800},
  ...{latencies: [0.4, 0.5], p50_ttft_ms: 86.7, p90_ttft_ms: 137.5, p99_ttft_ms: 156.4},
  ...{
    p50_tpot_ms: 10.1,
    p90_tpot_ms: 13.8,
    p99_tpot_ms: 14.4,
    p50_e2el_ms: 388.3,
    p90_e2el_ms: 566.8,
    p99_e2el_ms: 567.2,
  },
};

describe('vllm bench serve', () => {
  test('is asked for prompts of one size, and for one prefix where a part is cached', () => {
    const words = vllm.command(load).arguments.join(' ');
    expect(words).toContain('--dataset-name random --random-input-len 1000 --random-output-len 50');
    expect(words).toContain('--num-prompts 16 --max-concurrency 4 --ignore-eos --seed 7');
    expect(vllm.command(cached).arguments.join(' ')).toContain(
      '--dataset-name prefix_repetition --prefix-repetition-num-prefixes 1 --prefix-repetition-prefix-len 787 --prefix-repetition-suffix-len 213 --prefix-repetition-output-len 50 --num-warmups 1',
    );
    expect(vllm.command(load).resultFile).toBe('/tmp/run/result.json');
  });

  test('only named figures of its result are read', () => {
    expect(vllm.parse(JSON.stringify(vllmResult), load)).toMatchObject({
      ok: true,
      value: {
        ...{concurrency: 4, completed: 16, failed: 0, durationMs: 1_500, promptTokens: 16_000, generatedTokens: 800},
        timeToFirstToken: {p50Ms: 86.7, p90Ms: 137.5, p99Ms: 156.4},
        timePerOutputToken: {p50Ms: 10.1, p90Ms: 13.8, p99Ms: 14.4},
        endToEnd: {p50Ms: 388.3, p90Ms: 566.8, p99Ms: 567.2},
      },
    });
  });

  test.each([
    ['a half', JSON.stringify(vllmResult).slice(0, 90)],
    ['a count that is no number', JSON.stringify(vllmResult).replace('"failed":0', '"failed":NaN')],
    ['another document', '[]'],
    ['nothing', ''],
    ['no duration', JSON.stringify({...vllmResult, duration: 0})],
    ['negative counts', JSON.stringify({...vllmResult, completed: -1})],
  ])('%s is an error and no figure', (_, text) => {
    const parsed = vllm.parse(text, load);
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? '' : parsed.error).not.toBe('');
  });

  test.each(['null', 'NaN', '-Infinity'])('a latency that is %s is absent, and no zero', (value) => {
    const text = JSON.stringify({...vllmResult, label: 'NaN, \\" Infinity'}).replace('14.4', value);
    const parsed = vllm.parse(text, load);
    expect(parsed.ok ? parsed.value.timePerOutputToken.p99Ms : null).toHaveProperty('absent');
  });

  test.each([
    [0.05, 0, 0],
    [0.3, 0.3, 253],
    [0.8, 0.8, 787],
    // A prompt has to have something of its own.
    [1, 0.999, 999],
  ])('for %d cached, %d of all prompts are, with the first one sent before', (cachedRatio, expected, prefix) => {
    const words = vllm.command({...load, workload: {...load.workload, cachedRatio}}).arguments.join(' ');
    const [, given = '0'] = /--prefix-repetition-prefix-len (\d+)/.exec(words) ?? [];
    expect(Number(given)).toBe(prefix);
    expect(words.includes('--num-warmups 1')).toBe(prefix > 0);
    const cachedTokens = prefix === 0 ? 0 : prefix * 15 + 1_000;
    expect(cachedTokens / 16_000).toBeCloseTo(expected, 3);
  });
});

describe("SGLang's serving benchmark", () => {
  test('makes its prompts itself, and shares a prefix where a part is cached', () => {
    expect(sglang.command(load).arguments.join(' ')).toContain(
      '--dataset-name random-ids --random-input-len 1000 --random-output-len 50 --random-range-ratio 1 --warmup-requests 0',
    );
    expect(sglang.command(cached).arguments.join(' ')).toContain(
      '--dataset-name generated-shared-prefix --gsp-num-groups 1 --gsp-prompts-per-group 16 --gsp-system-prompt-len 787 --gsp-question-len 213 --gsp-output-len 50 --warmup-requests 1',
    );
    expect(sglang.command(cached).leftovers).toEqual({
      directory: '.cache/sglang/benchmark',
      prefix: 'gen_shared_prefix_7_',
    });
  });

  test('the name that every version has is the second choice', () => {
    expect(sglang.place).toEqual({kind: 'python-module', module: 'sglang.benchmark.serving', isInEveryVersion: false});
    expect(olderSglang.place).toMatchObject({module: 'sglang.bench_serving', isInEveryVersion: true});
  });

  test('of its last line, nothing of the server is read: it has the API key', () => {
    const line = {
      ...{request_rate: 'RATE', duration: 2, completed: 15, total_input_tokens: 16_000, total_output_tokens: 800},
      ...{server_info: {api_key: 'sk-planted'}, median_ttft_ms: 80, p90_ttft_ms: 90, p99_ttft_ms: 99},
      ...{median_tpot_ms: 10, p90_tpot_ms: 11, p99_tpot_ms: 12},
      ...{median_e2e_latency_ms: 400, p90_e2e_latency_ms: 500, p99_e2e_latency_ms: 600},
    };
    // As 0.5.23 writes the rate of a load without a limit.
    const written = JSON.stringify(line).replace('"RATE"', 'Infinity');
    const parsed = sglang.parse(`{"duration": 9}\n${written}\n`, load);
    expect(JSON.stringify(parsed)).not.toContain('sk-planted');
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        completed: 15,
        failed: 1,
        durationMs: 2_000,
        timeToFirstToken: {p50Ms: 80, p99Ms: 99},
        endToEnd: {p90Ms: 500},
      },
    });
  });
});

describe('guidellm', () => {
  const distribution = (value: number) => ({
    successful: {total_sum: value * 15, percentiles: {p50: value, p90: value * 2, p99: value * 3}},
  });
  const result = {
    config: {backend: {api_key: 'sk-planted'}},
    benchmarks: [
      {
        duration: 9.27,
        metrics: {
          request_totals: {successful: 15, errored: 1, incomplete: 0, total: 16},
          prompt_token_count: distribution(300),
          output_token_count: distribution(32),
          time_to_first_token_ms: distribution(491),
          time_per_output_token_ms: distribution(90),
          inter_token_latency_ms: distribution(77),
          request_latency: distribution(2.9),
        },
      },
    ],
  };

  test('its key is in a file of its own, and not on the command line', () => {
    const {arguments: words, secretFile} = guidellm.command(cached);
    expect(words.join(' ')).toContain('--profile kind=concurrent,streams=4 --constraint kind=max_requests,count=16');
    expect(JSON.parse(secretFile?.contents('sk-planted') ?? '')).toMatchObject({
      spec: {
        backend: {target: 'http://127.0.0.1:8000', api_key: 'sk-planted'},
        data: [{prompt_tokens: 200, output_tokens: 50, prefix_buckets: [{prefix_count: 1, prefix_tokens: 800}]}],
      },
    });
    expect(words.join(' ')).not.toContain('planted');
  });

  test('its latencies are in the units of ours, and the time per token is without the first one', () => {
    const parsed = guidellm.parse(JSON.stringify(result), load);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        ...{completed: 15, failed: 1, durationMs: 9_270, promptTokens: 4_500, generatedTokens: 480},
        timeToFirstToken: {p50Ms: 491, p99Ms: 1_473},
        timePerOutputToken: {p50Ms: 77},
        endToEnd: {p50Ms: 2_900},
      },
    });
    expect(JSON.stringify(parsed)).not.toContain('planted');
    expect(guidellm.parse('{"benchmarks": []}', load).ok).toBe(false);
  });
});
