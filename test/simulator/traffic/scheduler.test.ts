import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {RequestSpec} from '../../../src/simulator/traffic/request.ts';
import {Scheduler, type SchedulerEvent, type SchedulerLimits} from '../../../src/simulator/traffic/scheduler.ts';
import {TrafficMetrics} from '../../../src/simulator/traffic/traffic-metrics.ts';

const limits: SchedulerLimits = {
  maxModelLen: 4_096,
  maxNumSeqs: 8,
  maxNumBatchedTokens: 512,
  blockSize: 16,
  blocks: 301,
  stepTimeFactor: 1,
};

function request(id: string, change: Partial<RequestSpec> = {}): RequestSpec {
  return {
    id,
    arrivedAtMs: 0,
    promptTokens: 100,
    maxTokens: 1_000,
    naturalTokens: 20,
    cacheHints: [],
    cacheKey: id,
    ...change,
  };
}

function engine(change: Partial<SchedulerLimits> = {}): {scheduler: Scheduler; metrics: TrafficMetrics} {
  const whole = {...limits, ...change};
  const metrics = new TrafficMetrics(whole.maxModelLen);
  return {scheduler: new Scheduler(whole, metrics), metrics};
}

function runUntil(scheduler: Scheduler, untilMs: number): readonly SchedulerEvent[] {
  const events: SchedulerEvent[] = [];
  for (let nowMs = 0; nowMs <= untilMs; nowMs += 50) events.push(...scheduler.advance(nowMs));
  return events;
}

function generated(events: readonly SchedulerEvent[]): number {
  return events.reduce((sum, event) => sum + (event.type === 'tokens' ? event.count : 0), 0);
}

describe('Scheduler', () => {
  test('generates a request to its natural end and frees its memory', () => {
    const {scheduler, metrics} = engine();
    scheduler.submit(request('one'));
    const events = runUntil(scheduler, 2_000);
    expect(generated(events)).toBe(20);
    expect(events.at(-1)).toEqual({type: 'finished', id: 'one', reason: 'stop', generatedTokens: 20});
    expect(scheduler.kvUsageRatio).toBe(0);
    expect(metrics.finished.get('stop')).toBe(1);
  });

  test('ends at the token limit and at the context length with reason length', () => {
    const {scheduler, metrics} = engine();
    scheduler.submit(request('short', {maxTokens: 3}));
    scheduler.submit(request('full', {promptTokens: 4_090, maxTokens: 6, naturalTokens: 99}));
    const events = runUntil(scheduler, 5_000);
    expect(generated(events)).toBe(9);
    expect(metrics.finished.get('length')).toBe(2);
  });

  test('decodes more slowly per user the more requests run, near the published rates', () => {
    const perUser = (users: number): number => {
      const {scheduler, metrics} = engine({maxNumSeqs: 256, blocks: 100_000, maxNumBatchedTokens: 8_192});
      for (let at = 0; at < users; at += 1) scheduler.submit(request(`user-${at}`, {naturalTokens: 500}));
      runUntil(scheduler, 10_000);
      return metrics.histograms.interTokenLatency.count / metrics.histograms.interTokenLatency.sum;
    };
    expect(perUser(4)).toBeGreaterThan(90);
    expect(perUser(64)).toBeGreaterThan(16);
    expect(perUser(64)).toBeLessThan(perUser(16));
  });

  test('queues requests when the sequence limit or the cache is full', () => {
    const {scheduler} = engine({maxNumSeqs: 2});
    for (const id of ['a', 'b', 'c']) scheduler.submit(request(id, {naturalTokens: 500}));
    scheduler.advance(100);
    expect([scheduler.runningCount, scheduler.waitingCount]).toEqual([2, 1]);
  });

  test('preempts the youngest when the cache is full, and still finishes every request', () => {
    const {scheduler, metrics} = engine({blocks: 41});
    for (const id of ['a', 'b', 'c', 'd']) scheduler.submit(request(id, {promptTokens: 150, naturalTokens: 200}));
    const events = runUntil(scheduler, 30_000);
    expect(metrics.preemptions).toBeGreaterThan(0);
    expect(metrics.finished.get('stop')).toBe(4);
    expect(generated(events)).toBe(800);
    expect(metrics.promptTokens).toBe(600);
  });

  test('finds the context of the previous turn in the prefix cache, in complete blocks', () => {
    const {scheduler, metrics} = engine();
    scheduler.submit(request('turn-1', {promptTokens: 1_000, cacheKey: 'session'}));
    runUntil(scheduler, 2_000);
    const hints = [{key: 'session', tokens: 1_020}];
    scheduler.submit(
      request('turn-2', {arrivedAtMs: 2_000, promptTokens: 1_100, cacheKey: 'session', cacheHints: hints}),
    );
    for (let nowMs = 2_050; nowMs < 4_000; nowMs += 50) scheduler.advance(nowMs);
    expect(metrics.cachedPromptTokens).toBe(1_008);
    expect(metrics.prefixCacheHits).toBe(1_008);
    expect(metrics.prefixCacheQueries).toBe(2_100);
  });

  test('counts an aborted request as aborted and stops generating it', () => {
    const {scheduler, metrics} = engine();
    scheduler.submit(request('gone', {naturalTokens: 900}));
    scheduler.advance(200);
    const before = metrics.generationTokens;
    scheduler.abort('gone');
    scheduler.advance(1_000);
    expect(metrics.generationTokens).toBe(before);
    expect(metrics.finished.get('abort')).toBe(1);
    expect(scheduler.kvUsageRatio).toBe(0);
  });

  test('does not catch up after it was stopped', () => {
    const {scheduler, metrics} = engine();
    scheduler.submit(request('slept', {naturalTokens: 3_000, maxTokens: 3_900}));
    scheduler.advance(100);
    scheduler.advance(3_600_000);
    expect(metrics.generationTokens).toBeLessThan(400);
  });

  const specs = fc.array(
    fc.record({
      arrivedAtMs: fc.nat(3_000),
      promptTokens: fc.integer({min: 1, max: 2_000}),
      naturalTokens: fc.integer({min: 1, max: 300}),
      maxTokens: fc.integer({min: 1, max: 400}),
      session: fc.nat(4),
    }),
    {minLength: 1, maxLength: 30},
  );

  test('counts every token that it generates, keeps usage within 0..1 and never decreases a counter', () => {
    fc.assert(
      fc.property(specs, fc.integer({min: 200, max: 400}), (drawn, blocks) => {
        const {scheduler, metrics} = engine({blocks});
        const waiting = drawn.map(({session, ...spec}, at) =>
          request(`r${at}`, {
            ...spec,
            cacheKey: `s${session}`,
            cacheHints: [{key: `s${session}`, tokens: spec.promptTokens}],
          }),
        );
        let handedOut = 0;
        let finished = 0;
        let last = [0, 0, 0, 0];
        for (let nowMs = 0; nowMs <= 120_000 && finished < drawn.length; nowMs += 50) {
          for (const spec of waiting.filter(({arrivedAtMs}) => arrivedAtMs <= nowMs && arrivedAtMs > nowMs - 50)) {
            scheduler.submit(spec);
          }
          const events = scheduler.advance(nowMs);
          handedOut += generated(events);
          finished += events.filter(({type}) => type === 'finished').length;
          expect(metrics.generationTokens).toBe(handedOut);
          expect(scheduler.kvUsageRatio).toBeGreaterThanOrEqual(0);
          expect(scheduler.kvUsageRatio).toBeLessThanOrEqual(1);
          const counters = [
            metrics.generationTokens,
            metrics.promptTokens,
            metrics.cachedPromptTokens,
            metrics.preemptions,
          ];
          expect(counters.every((value, at) => value >= (last[at] ?? 0))).toBe(true);
          last = counters;
        }
        expect(finished).toBe(drawn.length);
        expect(scheduler.kvUsageRatio).toBe(0);
        expect(metrics.histograms.generationTokens.sum).toBe(handedOut);
        expect(metrics.promptTokens).toBe(drawn.reduce((sum, {promptTokens}) => sum + promptTokens, 0));
        expect(metrics.cachedPromptTokens).toBeLessThanOrEqual(metrics.promptTokens);
      }),
      {numRuns: 40},
    );
  });
});
