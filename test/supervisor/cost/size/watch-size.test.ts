import {expect, test} from 'vitest';
import type {Finding} from '../../../../src/domain/diagnosis/finding.ts';
import {absent, isAbsent} from '../../../../src/samples/reading.ts';
import {ok} from '../../../../src/shared/result.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE} from '../../../../src/shared/units.ts';
import {checkSize} from '../../../../src/supervisor/cost/size/watch-size.ts';
import {usualSettings} from '../../../domain/memory/plan-samples.ts';
import {buildSnapshot} from '../../../support/build-snapshot.ts';
import {planOf} from '../../../support/plan-of.ts';

const NOW_MS = Date.UTC(2026, 10, 28);
const range = {aboveTokens: 5_000, atMostTokens: 20_000};
const lengths = {
  ...{requests: 900, longest: range, p99: range},
  refused: [32, 64, 128, 256].map((k) => ({contextTokens: k * 1_024, atLeast: 0, atMost: 0})),
};

/** Of the last days, with a point every three minutes. */
function seriesOf(days: number, value: number) {
  const count = (days * MS_PER_DAY) / (3 * MS_PER_MINUTE);
  return Array.from({length: count + 1}, (_, index) => ({atMs: NOW_MS - (count - index) * 3 * MS_PER_MINUTE, value}));
}

/** What a node of sixteen GPUs with little to do says after so many days. */
async function findingsAfter(
  days: number,
  outputRate = 50,
  before: readonly string[] = [],
): Promise<readonly string[]> {
  const codes = new Set(before);
  const plan = planOf({...usualSettings, tensorParallelSize: 16}, '16xH200');
  const series = {
    runningRequests: seriesOf(days, 2),
    kvUsageRatio: seriesOf(days, 0.01),
    promptTokensPerSecond: seriesOf(days, 100),
    cachedPromptTokensPerSecond: seriesOf(days, 0),
    generationTokensPerSecond: seriesOf(days, outputRate),
  };
  await checkSize(
    {
      snapshot: buildSnapshot({plan}),
      getHistory: async () => ok({series, requests: {lengths}}),
      lookUp: async () => null,
      prices: {apis: [], gpus: [], ownership: []},
      nowMs: NOW_MS,
    },
    {
      onFinding: ({code}: Finding) => codes.add(code),
      onFindingOver: (code) => codes.delete(code),
      onSize: () => undefined,
    },
  );
  return [...codes];
}

test('a node that is too large is a finding after a week, and never before', async () => {
  expect(await findingsAfter(7)).toEqual(['node.oversized']);
  expect(await findingsAfter(6.5)).toEqual([]);
  expect(await findingsAfter(1)).toEqual([]);
});

test('ends when the week needs all of it, or is unknown', async () => {
  expect(await findingsAfter(7, 3_000, ['node.oversized'])).toEqual([]);
  expect(await findingsAfter(5, 50, ['node.oversized'])).toEqual([]);
});

test('without a plan no finding changes, and the reason is reported', async () => {
  const seen: string[] = [];
  await checkSize(
    {
      snapshot: buildSnapshot({plan: absent('no GPUs')}),
      getHistory: async () => ok({series: {}}),
      lookUp: async () => null,
      prices: {apis: [], gpus: [], ownership: []},
      nowMs: NOW_MS + MS_PER_HOUR,
    },
    {
      onFinding: ({code}) => void seen.push(code),
      onFindingOver: (code) => void seen.push(code),
      onSize: (size) => void seen.push(isAbsent(size) ? size.absent : 'judged'),
    },
  );
  expect(seen).toEqual(['There is no plan of this node to compare with: no GPUs.']);
});
