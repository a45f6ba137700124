import {describe, expect, test} from 'vitest';
import {historyValues} from '../../src/api/history-values.ts';
import type {SourceStatus} from '../../src/api/snapshot.ts';
import {buildSnapshot} from '../support/build-snapshot.ts';

const old: readonly SourceStatus[] = [
  {state: 'stale', ageMs: 38_000, detail: 'no new sample for 38 s'},
  {state: 'failed', ageMs: 38_000, detail: 'connection refused'},
];

describe('values of history', () => {
  test('are those of the snapshot while its sources are read', () => {
    const snapshot = buildSnapshot();
    expect(historyValues(snapshot)).toMatchObject({
      generationTokensPerSecond: snapshot.traffic.generationTokensPerSecond,
      kvUsageRatio: snapshot.kvCache.usageRatio,
      apiUsdPerHour: snapshot.cost.apiUsdPerHour,
    });
    expect(historyValues(snapshot).gpuMemoryUsedBytes).toBeGreaterThan(0);
  });

  test.each(old)('are unknown while metrics are only repeated: $state', (metrics) => {
    const {gpuMemoryUsedBytes, ...scraped} = historyValues(buildSnapshot({sources: {metrics}}));
    expect(new Set(Object.values(scraped))).toEqual(new Set([null]));
    expect(gpuMemoryUsedBytes).toBeGreaterThan(0);
  });

  test.each(old)('of the GPUs are unknown while these are only repeated: $state', (gpus) => {
    const values = historyValues(buildSnapshot({sources: {gpus}}));
    expect(values.gpuMemoryUsedBytes).toBeNull();
    expect(values.generationTokensPerSecond).not.toBeNull();
  });

  test.each(old)('that the log has are those of the log, whatever the metrics are: $state', (metrics) => {
    const values = historyValues(buildSnapshot({sources: {metrics}, traffic: {source: 'log'}}));
    expect(values.generationTokensPerSecond).not.toBeNull();
  });
});
