import {afterEach, describe, expect, test, vi} from 'vitest';
import {findPriceBook} from '../../../src/domain/cost/price-book.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {err, ok} from '../../../src/shared/result.ts';
import {SnapshotRecords} from '../../../src/supervisor/loop/snapshot-records.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const HOUR_MS = 3_600_000;
const full = err({code: 'history.unusable', message: 'The disk is full.', remedy: 'Free some space.'});

afterEach(() => vi.restoreAllMocks());

function bench() {
  const opened = openHistory({path: ':memory:'});
  if (!opened.ok) throw new Error(opened.error.message);
  const history = opened.value;
  const reported: string[] = [];
  let nowMs = 0;
  const records = new SnapshotRecords({
    history,
    clock: {nowMs: () => nowMs, monotonicMs: () => nowMs},
    configured: () => ({nodeUsdPerHour: 36, prices: findPriceBook('moonshot')}),
    own: {
      add: ({code}, topic) => reported.push(`add ${topic} ${code}`),
      resolve: (topic) => reported.push(`resolve ${topic}`),
    },
  });
  return {
    history,
    reported,
    add: (atMs: number) => {
      nowMs = atMs;
      records.add({...buildSnapshot(), takenAtMs: atMs}, null);
    },
  };
}

describe('records of snapshots', () => {
  test('are a row of each series, and the cost of the time with an engine', () => {
    const {history, add} = bench();
    const read = () => history.readSeries(['gpuMemoryUsedBytes'], 0, 3 * HOUR_MS);
    const nothing = read();
    add(1_000);
    add(101_000);
    // Another hour makes the ledger write what waits.
    add(2 * HOUR_MS);
    expect(history.readLedger(0)[0]?.nodeUsd).toBeGreaterThanOrEqual(1);
    expect(read()).not.toEqual(nothing);
  });

  test('resolve the finding about the history, each time they are written', () => {
    const {reported, add} = bench();
    add(1_000);
    expect(reported).toEqual(['resolve history']);
  });

  test.each(['recordSample', 'addToLedger'] as const)('that %s cannot write are a finding until it can', (name) => {
    const {history, reported, add} = bench();
    add(1_000);
    const written = vi.spyOn(history, name).mockReturnValue(full);
    add(2_000);
    expect(reported.slice(1)).toEqual(['add history history.unusable']);
    written.mockReturnValue(ok(null));
    add(3_000);
    expect(reported.slice(2)).toEqual(['resolve history']);
  });

  test('resolve nothing while an earlier write of anything else has failed', () => {
    const {history, reported, add} = bench();
    vi.spyOn(history, 'canWrite', 'get').mockReturnValue(false);
    add(1_000);
    expect(reported).toEqual([]);
  });
});
