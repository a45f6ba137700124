import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {absent} from '../../../src/samples/reading.ts';
import {buildConsoleData, buildSnapshot, type DeepPartial} from '../../support/build-snapshot.ts';
import {pictureOf, viewOf} from '../draw.ts';

const at = (overrides: DeepPartial<Snapshot>) => buildConsoleData({snapshot: buildSnapshot(overrides)});
const off = absent('the engine is not serving');
const idle = {
  generationTokensPerSecond: 0,
  promptTokensPerSecond: 0,
  cachedPromptTokensPerSecond: 0,
  runningRequests: 0,
  waitingRequests: 0,
  requestsPerSecond: 0,
  preemptionsPerSecond: 0,
};
const unread = Object.fromEntries(Object.keys(idle).map((name) => [name, off]));

describe('the throughput panel', () => {
  test('shows both rates with their history, and running and waiting requests', () => {
    expect(pictureOf('throughput', at({}), {columns: 56, rows: 4})).toMatchInlineSnapshot(`
      "
      [Throughput | last 10s, graph 14m 59s]
      out   1,900 tok/s        ▅▅▅▅▅▆▆▇▇███▇▇▆▆▅▅▅▅▅▆▇▇▇██▇▇▇▆
      in   14,000 tok/s        ▅▅▅▅▅▆▆▇▇███▇▇▆▆▅▅▅▅▅▆▇▇▇██▇▇▇▆
      running 46 · waiting 3 · requests 2.4/s
      cached prompt 10,500 tok/s · finished since start 17,032
      "
    `);
    expect(pictureOf('throughput', at({}), {columns: 36, rows: 2})).toMatchInlineSnapshot(`
      "
      [Throughput | last 10s]
      out   1,900 tok/s   ▅▅▆▇██▇▆▅▅▆▇██▇▆
      running 46 · waiting 3
      "
    `);
  });

  test('never shows an idle engine as unread', () => {
    const quiet = pictureOf('throughput', at({traffic: idle}), {columns: 76, rows: 4});
    expect(quiet).toMatch(/out +0 tok\/s/);
    expect(quiet).toContain('running 0 · waiting 0 · requests 0/s · preemptions 0/s');
    const unknown = pictureOf('throughput', at({traffic: unread}), {columns: 76, rows: 5});
    expect(unknown).toMatch(/out +–/);
    expect(unknown).toContain('running – · waiting –');
    expect(unknown).toContain('the engine is not serving');
  });

  test('keeps preemptions if there are any, and drops the request rate', () => {
    const data = at({traffic: {preemptionsPerSecond: 0.4}});
    expect(pictureOf('throughput', data, {columns: 44, rows: 3})).toContain('waiting 3 · preemptions 0.4/s');
  });

  test('warns of waiting requests', () => {
    const waiting = viewOf('throughput', at({}), {columns: 56, rows: 4})
      .rows.flat()
      .find(({text}) => text === '3');
    expect(waiting?.tone).toBe('warning');
  });

  test('says what the rates are over, and how far back the graph reaches', () => {
    expect(viewOf('throughput', at({}), {columns: 56, rows: 4}).titleNote).toBe('last 10s, graph 14m 59s');
    expect(viewOf('throughput', at({}), {columns: 38, rows: 4}).titleNote).toBe('last 10s, graph 14m 59s');
    expect(viewOf('throughput', at({}), {columns: 20, rows: 4}).titleNote).toBe('last 10s');
  });
});

describe('the KV cache panel', () => {
  test('shows how full it is, of how much, and its history', () => {
    expect(pictureOf('kv-cache', at({}), {columns: 60, rows: 3})).toMatchInlineSnapshot(`
      "
      [KV cache | now, graph 14m 59s]
      █████████████████████████████████░░░░░░░░░░░░░░░░░░░░   62 %
      493k / 795k tokens · prefix hits (1m) 75 %
                                   ▅▄▄▄▅▅▅▆▆▆▇▆▆▆▅▅▅▄▄▄▅▅▆▆▆▆▇▆▆▆▅
      "
    `);
    expect(pictureOf('kv-cache', at({}), {columns: 10, rows: 1})).toContain('62 %');
  });

  test('is a warning when it is full', () => {
    const full = at({kvCache: {usageRatio: 0.99}});
    expect(viewOf('kv-cache', full, {columns: 60, rows: 3}).tone).toBe('warning');
  });

  test('shows an empty cache as empty and an unknown one as unknown', () => {
    expect(pictureOf('kv-cache', at({kvCache: {usageRatio: 0, usedTokens: 0}}), {columns: 30, rows: 2})).toContain(
      ' 0 %',
    );
    const unknown = pictureOf('kv-cache', at({kvCache: {usageRatio: off, usedTokens: off}}), {columns: 40, rows: 2});
    expect(unknown).toContain('– the engine is not serving');
    expect(unknown).toContain('– / 795k tokens');
  });
});

describe('the latency panel', () => {
  test('is a table of quantiles', () => {
    expect(pictureOf('latency', at({}), {columns: 56, rows: 5})).toMatchInlineSnapshot(`
      "
      [Latency | last 1m]
                        p50      p95      p99    within target
      first token   ~820 ms  ~2.40 s  ~4.20 s     ~91 % in 2 s
      inter-token    ~22 ms   ~41 ms   ~71 ms
      end to end    ~15.8 s  ~52.0 s  ~88.0 s
      queue          ~12 ms  ~270 ms  ~900 ms
      "
    `);
  });

  test('drops the mean first, then p95 or the target', () => {
    expect(pictureOf('latency', at({}), {columns: 70, rows: 5})).toMatch(/p50 +p95 +p99 +mean +within target\n/);
    expect(pictureOf('latency', at({}), {columns: 47, rows: 5})).toMatch(/p50 +p99 +within target\n/);
    expect(pictureOf('latency', at({}), {columns: 40, rows: 5})).toMatch(/p50 +p95 +p99\n/);
    expect(pictureOf('latency', at({}), {columns: 30, rows: 5})).toMatch(/p50 +p99\n/);
  });

  test('has no column for targets where none is set', () => {
    const data = at({latency: {timeToFirstToken: {target: null}}});
    expect(pictureOf('latency', data, {columns: 70, rows: 5})).not.toContain('target');
  });

  test('without space for a table shows the medians with their names', () => {
    expect(pictureOf('latency', at({}), {columns: 40, rows: 1})).toContain('p50 first token ~820 ms');
    expect(pictureOf('latency', at({}), {columns: 24, rows: 2})).toContain('p50 first token ~820 ms');
  });

  describe('with a first token that took longer than a whole request', () => {
    const burst = at({
      latency: {
        timeToFirstToken: {count: 46, p50Ms: {kind: 'above', value: 8_500}},
        endToEnd: {count: 12, p50Ms: {kind: 'interpolated', value: 4_200, from: 2_500, to: 5_000}},
      },
    });

    test('says that these are not the same requests, and how many each are', () => {
      const text = pictureOf('latency', burst, {columns: 56, rows: 6});
      expect(text).toMatch(/first token +> 8.5 s/);
      expect(text).toContain('different requests (first token 46, end to end 12)');
      for (const size of [
        {columns: 38, rows: 4},
        {columns: 38, rows: 2},
      ]) {
        expect(pictureOf('latency', burst, size)).toContain('different requests (first token 46');
      }
    });

    test('says nothing where estimates may agree', () => {
      const steady = at({latency: {queue: {p50Ms: {kind: 'interpolated', value: 850, from: 500, to: 1_000}}}});
      for (const data of [at({}), steady]) {
        expect(pictureOf('latency', data, {columns: 56, rows: 8})).not.toContain('different requests');
      }
      const bounded = at({
        latency: {timeToFirstToken: {p50Ms: {kind: 'below', value: 16_000}, p95Ms: {kind: 'below', value: 99_000}}},
      });
      expect(pictureOf('latency', bounded, {columns: 56, rows: 8})).not.toContain('different requests');
    });

    test.each([
      ['queue', {queue: {count: 12, p95Ms: {kind: 'exact', value: 9_000}}}],
      ['prefill', {prefill: {count: 12, meanMs: 1_200}}],
    ] as const)('says it of %s as well', (name, latency) => {
      const text = pictureOf('latency', at({latency}), {columns: 60, rows: 8});
      expect(text).toContain(`different requests (${name} 12, first token`);
    });
  });

  test('says why there is nothing to measure', () => {
    const none = {count: off, meanMs: off, p50Ms: off, p95Ms: off, p99Ms: off};
    const data = at({latency: {timeToFirstToken: none, interToken: none, endToEnd: none, queue: none}});
    expect(pictureOf('latency', data, {columns: 56, rows: 6})).toContain('the engine is not serving');
  });
});
