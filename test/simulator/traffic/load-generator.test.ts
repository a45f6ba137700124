import {describe, expect, test} from 'vitest';
import {LoadGenerator, type LoadPattern} from '../../../src/simulator/traffic/load-generator.ts';
import type {RequestSpec} from '../../../src/simulator/traffic/request.ts';
import {Scheduler} from '../../../src/simulator/traffic/scheduler.ts';
import {TrafficMetrics} from '../../../src/simulator/traffic/traffic-metrics.ts';

type Run = {
  readonly arrivals: readonly RequestSpec[];
  readonly metrics: TrafficMetrics;
  readonly mostWaiting: number;
  readonly mostUsage: number;
};

/** Ten minutes of traffic on an engine of this size, in simulated time. */
function run(pattern: LoadPattern, size: {blocks: number; maxModelLen: number; maxNumSeqs?: number}, seed = 1): Run {
  const metrics = new TrafficMetrics(size.maxModelLen);
  const limits = {maxNumSeqs: 1_024, ...size, maxNumBatchedTokens: 8_192, blockSize: 16, stepTimeFactor: 1};
  const scheduler = new Scheduler(limits, metrics);
  const capacityTokens = size.blocks * 16;
  const {maxModelLen, maxNumSeqs} = limits;
  const load = new LoadGenerator({pattern, seed, startsAtMs: 0, maxModelLen, capacityTokens, maxNumSeqs});
  const arrivals: RequestSpec[] = [];
  let mostWaiting = 0;
  let mostUsage = 0;
  for (let nowMs = 0; nowMs <= 600_000; nowMs += 50) {
    for (const spec of load.takeArrivals(nowMs)) {
      arrivals.push(spec);
      scheduler.submit(spec);
    }
    for (const event of scheduler.advance(nowMs)) {
      if (event.type === 'finished') load.finished(event.id, nowMs, event.generatedTokens);
    }
    mostWaiting = Math.max(mostWaiting, scheduler.waitingCount);
    mostUsage = Math.max(mostUsage, scheduler.kvUsageRatio);
  }
  return {arrivals, metrics, mostWaiting, mostUsage};
}

const h200 = {blocks: 50_903, maxModelLen: 262_144};

describe('LoadGenerator', () => {
  test('has the traffic of agents: long prompts, most of them cached, some hundred tokens per second', () => {
    const {metrics, mostUsage} = run('steady', h200);
    const tokensPerSecond = metrics.generationTokens / 600;
    expect(tokensPerSecond).toBeGreaterThan(500);
    expect(tokensPerSecond).toBeLessThan(1_300);
    expect(metrics.cachedPromptTokens / metrics.promptTokens).toBeGreaterThan(0.8);
    expect(mostUsage).toBeGreaterThan(0.3);
    expect(metrics.preemptions).toBe(0);
  });

  test('fills the queue in bursts', () => {
    expect(run('burst', h200).mostWaiting).toBeGreaterThan(20);
  });

  test('has no traffic when idle', () => {
    expect(run('idle', h200).arrivals).toEqual([]);
  });

  test('follows another pattern from now on: one burst immediately, then none when idle', () => {
    const load = new LoadGenerator({
      pattern: 'idle',
      seed: 1,
      startsAtMs: 0,
      maxModelLen: h200.maxModelLen,
      capacityTokens: h200.blocks * 16,
      maxNumSeqs: 1_024,
    });
    expect(load.takeArrivals(200_000)).toEqual([]);
    load.follow('burst', 200_000);
    const bursts = load.takeArrivals(200_050).filter(({cacheKey}) => cacheKey.startsWith('burst-'));
    expect(bursts).toHaveLength(48);
    load.follow('burst', 200_100);
    expect(load.takeArrivals(200_100).filter(({cacheKey}) => cacheKey.startsWith('burst-'))).toEqual([]);
    load.follow('idle', 200_150);
    expect(load.takeArrivals(900_000)).toEqual([]);
  });

  test('has no queue on an engine with a few slots, except in bursts', () => {
    expect(run('steady', {...h200, maxNumSeqs: 4}).mostWaiting).toBeLessThanOrEqual(1);
    expect(run('burst', {...h200, maxNumSeqs: 4}).mostWaiting).toBeGreaterThan(40);
  });

  test('is the same for the same seed and different for another', () => {
    const first = run('steady', h200, 7).arrivals;
    expect(run('steady', h200, 7).arrivals).toEqual(first);
    expect(run('steady', h200, 8).arrivals).not.toEqual(first);
  });

  test.each([2_048, 8_192, 131_072])('keeps prompt and answer within a context of %i tokens', (maxModelLen) => {
    const {arrivals, metrics} = run('steady', {blocks: 4_000, maxModelLen});
    expect(arrivals.length).toBeGreaterThan(20);
    expect(arrivals.every(({promptTokens, maxTokens}) => promptTokens + maxTokens <= maxModelLen)).toBe(true);
    expect(arrivals.every(({promptTokens}) => promptTokens > 0 && Number.isInteger(promptTokens))).toBe(true);
    expect(metrics.finished.get('stop')).toBeGreaterThan(0);
  });
});
