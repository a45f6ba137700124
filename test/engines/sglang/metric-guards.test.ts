import {describe, expect, test} from 'vitest';
import type {MappedMetrics} from '../../../src/engines/engine.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import {isAbsent} from '../../../src/samples/reading.ts';
import {parseExposition} from '../../support/parse-exposition.ts';

function map(...lines: readonly string[]): MappedMetrics {
  const families = parseExposition(`${lines.join('\n')}\n`);
  if (!families.ok) throw new Error(families.error.message);
  return sglang.mapMetrics(families.value);
}

function point(name: string, value: number, labels: Readonly<Record<string, string | number>> = {}): string {
  const said = Object.entries({model_name: 'kimi', ...labels}).map(([label, text]) => `${label}="${text}"`);
  return `sglang:${name}{${said.join(',')}} ${value}`;
}

describe('a value that stays at 0 while another one changes', () => {
  test('the pool of full attention at 0 is replaced by the only pool', () => {
    expect(map(point('full_token_usage', 0), point('token_usage', 0.4)).kvUsageRatio).toBe(0.4);
    expect(map(point('full_token_usage', 0)).kvUsageRatio).toBe(0);
    expect(map(point('token_usage', 0.4)).kvUsageRatio).toBe(0.4);
    expect(isAbsent(map(point('num_running_reqs', 1)).kvUsageRatio)).toBe(true);
  });

  test('tokens without those of retracted requests count once they have changed', () => {
    const realtime = point('realtime_tokens_total', 300, {mode: 'prefill_compute'});
    const still = map(realtime, point('prefill_effective_tokens_total', 0, {mode: 'input'}));
    expect(still.prefixCacheQueryTokensTotal).toBe(300);
    const moved = map(realtime, point('prefill_effective_tokens_total', 5, {mode: 'input'}));
    expect(moved).toMatchObject({prefixCacheQueryTokensTotal: 5, prefixCacheHitTokensTotal: 0});
  });
});

describe('of several ranks the first of each group counts', () => {
  const running = (value: number, labels: Readonly<Record<string, number>>) => point('num_running_reqs', value, labels);

  test.each([
    ['tensor ranks', {tp_rank: 1}, {tp_rank: 3}],
    ['stages before tensor ranks', {pp_rank: 0, tp_rank: 7}, {pp_rank: 1, tp_rank: 0}],
    ['tensor before expert ranks', {tp_rank: 0, moe_ep_rank: 7}, {tp_rank: 1, moe_ep_rank: 0}],
    ['expert ranks', {tp_rank: 0, moe_ep_rank: 1}, {tp_rank: 0, moe_ep_rank: 2}],
  ])('%s', (_, first, second) => {
    expect(map(running(5, first), running(9, second)).runningRequests).toBe(5);
    expect(map(running(9, second), running(5, first)).runningRequests).toBe(5);
  });

  test('groups have leaders of their own, and a series without a rank counts always', () => {
    const metrics = map(
      running(5, {tp_rank: 4, dp_rank: 1}),
      running(3, {tp_rank: 2, dp_rank: 0}),
      running(9, {tp_rank: 3, dp_rank: 0}),
      running(1, {}),
    );
    expect(metrics.runningRequests).toBe(9);
  });

  test('a rank that is not a number is ignored', () => {
    expect(map(point('num_running_reqs', 4, {tp_rank: 'x'}), running(5, {tp_rank: 0})).runningRequests).toBe(9);
  });

  test('series by priority count if there is no sum of them', () => {
    const queue = (value: number, priority: string) => point('num_queue_reqs', value, {priority});
    expect(map(queue(3, '0'), queue(2, '10')).waitingRequests).toBe(5);
    expect(map(queue(3, '0'), queue(2, '10'), queue(7, '')).waitingRequests).toBe(7);
  });
});

test('a server older than 0.5.11 with live counters is accepted', () => {
  const metrics = map(
    point('num_running_reqs', 1),
    point('realtime_tokens_total', 9, {mode: 'decode'}),
    point('cuda_graph_passes_total', 4),
  );
  expect(metrics).toMatchObject({
    liveGenerationTokensTotal: 9,
    livePromptTokensTotal: 0,
    progressTotal: 9,
    iterationsTotal: 4,
  });
  expect(map(point('num_running_reqs', 1), point('cuda_graph_passes_total', 4)).progressTotal).toBe(4);
  expect(map(point('kv_used_tokens', 1)).progressTotal).toBe(0);
});

test('speculative decoding is counted by its checks', () => {
  expect(map(point('spec_verify_calls_total', 12)).draftsTotal).toBe(12);
  expect(isAbsent(map(point('num_running_reqs', 1)).draftsTotal)).toBe(true);
});

test.each(['num_running_reqs', 'token_usage'])(
  'a server that has only %s has generated nothing before its first event',
  (name) => {
    expect(map(point(name, 0)).generationTokensTotal).toBe(0);
    expect(isAbsent(map(`other:${name} 0`).generationTokensTotal)).toBe(true);
  },
);
