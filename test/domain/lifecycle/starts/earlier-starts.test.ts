import {describe, expect, test} from 'vitest';
import {
  comparableStarts,
  type EarlierStart,
  usualStart,
} from '../../../../src/domain/lifecycle/starts/earlier-starts.ts';
import {buildSnapshot} from '../../../support/build-snapshot.ts';

const {settings} = buildSnapshot().engine;
if (settings === null) throw new Error('the test node has settings');

function startOf(totalMs: number, change: Partial<EarlierStart['settings']> = {}): EarlierStart {
  if (settings === null) throw new Error('the test node has settings');
  return {runId: `run-${totalMs}`, settings: {...settings, ...change}, phaseDurationsMs: {launch: totalMs}, totalMs};
}

describe('comparable starts', () => {
  test('are of the same engine, model and format; other settings do not matter', () => {
    const same = startOf(500_000, {contextLengthTokens: 8_192, memoryFraction: 0.8});
    const starts = [
      same,
      startOf(20_000, {engine: 'llamacpp'}),
      startOf(30_000, {model: 'another/model'}),
      startOf(40_000, {format: 'fp8'}),
    ];
    expect(comparableStarts(starts, settings)).toEqual([same]);
    expect(comparableStarts(starts, null)).toEqual([]);
  });

  test('are the newest ten', () => {
    const many = Array.from({length: 12}, (_, index) => startOf(index));
    expect(comparableStarts(many, settings)).toEqual(many.slice(0, 10));
  });
});

describe('the usual start', () => {
  test('is the median, which one slow start does not move', () => {
    expect(usualStart([startOf(400_000), startOf(9_000_000), startOf(420_000)])).toEqual({
      medianMs: 420_000,
      starts: 3,
    });
    expect(usualStart([startOf(400_000), startOf(500_000)])).toEqual({medianMs: 450_000, starts: 2});
  });

  test('of no start is unknown', () => {
    expect(usualStart([])).toEqual({absent: 'no comparable start on this node yet'});
  });
});
