import {describe, expect, test} from 'vitest';
import {newRequest} from '../../../src/simulator/traffic/request.ts';
import {TrafficMetrics} from '../../../src/simulator/traffic/traffic-metrics.ts';
import {StatsLine} from '../../../src/simulator/vllm/serve/stats-line.ts';

/** The counters of an engine of one core. */
const coreOf = (metrics: TrafficMetrics) =>
  metrics.cores.of(
    newRequest({
      ...{id: 'r', arrivedAtMs: 0, promptTokens: 1, maxTokens: 1, naturalTokens: 1},
      ...{cacheHints: [], cacheKey: ''},
    }),
  );

describe('StatsLine', () => {
  test('logs rates of the interval, without the prompt tokens from the cache', () => {
    const metrics = new TrafficMetrics(1_000);
    const stats = new StatsLine(metrics);
    Object.assign(coreOf(metrics), {promptTokens: 1_000, cachedPromptTokens: 900, generationTokens: 55});
    metrics.countLookUp(1_000, 900);
    expect(stats.take({running: 2, waiting: 1, kvUsageRatio: 0.1234}, 10)).toBe(
      'Engine 000: Avg prompt throughput: 10.0 tokens/s, Avg generation throughput: 5.5 tokens/s, Running: 2 reqs, Waiting: 1 reqs, GPU KV cache usage: 12.3%, Prefix cache hit rate: 90.0%',
    );
  });

  test('logs once that it is idle, then nothing', () => {
    const metrics = new TrafficMetrics(1_000);
    const stats = new StatsLine(metrics);
    const idle = {running: 0, waiting: 0, kvUsageRatio: 0};
    expect(stats.take(idle, 10)).toBeNull();
    coreOf(metrics).generationTokens = 5;
    expect(stats.take(idle, 10)).toContain('Avg generation throughput: 0.5 tokens/s');
    expect(stats.take(idle, 10)).toContain('Avg generation throughput: 0.0 tokens/s');
    expect(stats.take(idle, 10)).toBeNull();
  });

  test('logs preemptions only if there were some', () => {
    const metrics = new TrafficMetrics(1_000);
    const stats = new StatsLine(metrics);
    metrics.preemptions = 3;
    expect(stats.take({running: 1, waiting: 0, kvUsageRatio: 1}, 10)).toContain('Waiting: 0 reqs, Preemptions: 3, GPU');
    expect(stats.take({running: 1, waiting: 0, kvUsageRatio: 1}, 10)).not.toContain('Preemptions');
  });
});
