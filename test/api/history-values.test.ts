import {describe, expect, test} from 'vitest';
import {gpuHistoryValues, historyValues} from '../../src/api/history-values.ts';
import type {SourceStatus} from '../../src/api/snapshot.ts';
import {absent} from '../../src/samples/reading.ts';
import {API_USD_PER_HOUR, buildSnapshot} from '../support/build-snapshot.ts';

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
      apiUsdPerHour: expect.closeTo(API_USD_PER_HOUR, 5),
      firstTokenWithinRatio: 0.91,
      queueWithinRatio: null,
    });
    expect(historyValues(snapshot).gpuMemoryUsedBytes).toBeGreaterThan(0);
  });

  test.each(old)('are unknown while metrics are only repeated: $state', (metrics) => {
    const {gpuMemoryUsedBytes, planDifferenceBytes, nodeUsdPerHour, apiUsdPerHour, ...scraped} = historyValues(
      buildSnapshot({sources: {metrics}}),
    );
    expect(new Set(Object.values(scraped))).toEqual(new Set([null]));
    expect(gpuMemoryUsedBytes).toBeGreaterThan(0);
    expect(planDifferenceBytes).not.toBeNull();
    // Of the ledger, which knows what it is over.
    expect([nodeUsdPerHour, apiUsdPerHour]).not.toContain(null);
  });

  test.each(old)('of the GPUs are unknown while these are only repeated: $state', (gpus) => {
    const snapshot = buildSnapshot({sources: {gpus}});
    const values = historyValues(snapshot);
    expect([values.gpuMemoryUsedBytes, values.planDifferenceBytes]).toEqual([null, null]);
    expect(values.generationTokensPerSecond).not.toBeNull();
    const ofEach = gpuHistoryValues(snapshot).flatMap((gpu) => Object.values(gpu.values));
    expect(new Set(ofEach)).toEqual(new Set([null]));
  });

  test('of each GPU are its own, and a power cap is no throttling', () => {
    const snapshot = buildSnapshot();
    const [first, second, ...others] = snapshot.gpus;
    if (first === undefined || second === undefined) throw new Error('The snapshot has fewer than two GPUs.');
    const gpus = [
      {...first, clockEventReasons: ['software power cap'], powerDrawWatts: 640},
      {
        ...second,
        clockEventReasons: ['software power cap', 'hardware thermal slowdown'],
        powerDrawWatts: absent('N/A'),
      },
      ...others,
    ];
    const values = gpuHistoryValues({...snapshot, gpus});
    expect(values.map(({index}) => index)).toEqual(snapshot.gpus.map(({index}) => index));
    expect(values[0]?.values).toMatchObject({throttledRatio: 0, powerDrawWatts: 640});
    expect(values[1]?.values).toMatchObject({throttledRatio: 1, powerDrawWatts: null});
  });

  test.each(old)('that the log has are those of the log, whatever the metrics are: $state', (metrics) => {
    const values = historyValues(buildSnapshot({sources: {metrics}, traffic: {source: 'log'}}));
    expect(values.generationTokensPerSecond).not.toBeNull();
  });
});
