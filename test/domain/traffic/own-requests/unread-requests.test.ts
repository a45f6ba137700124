import {expect, test} from 'vitest';
import {recallCounters, withUnreadRequests} from '../../../../src/domain/traffic/own-requests/kept-counters.ts';
import {clientSample, noOwnRequests} from '../../../../src/domain/traffic/own-requests/own-requests.ts';
import {sglang} from '../../../../src/engines/sglang/sglang.ts';
import {buildMetricsSample} from '../../../support/build-metrics-sample.ts';

const page = (second: number, tokens: number) =>
  buildMetricsSample(second, {promptTokensTotal: tokens, generationTokensTotal: tokens, runningRequests: 0});
const recalled = recallCounters({
  promptTokensTotal: {read: 10, own: 0},
  generationTokensTotal: {read: 10, own: 0},
});
const resumed = withUnreadRequests(recalled, sglang.healthUsage, page(0, 0).stamp);
/** Tokens of clients, by the first pages that a supervisor reads, with these totals. */
const clientsIn = (own: typeof recalled, ...totals: readonly number[]) =>
  totals.reduce<{own: typeof recalled; tokens: readonly unknown[]}>(
    ({own: before, tokens}, total, second) => {
      const after = clientSample(before, page(second + 1, total));
      return {own: after.own, tokens: [...tokens, after.sample.generationTokensTotal]};
    },
    {own, tokens: []},
  ).tokens;

test('health checks that an earlier supervisor sent after its last record are no use of an idle engine', () => {
  expect(clientsIn(resumed, 10)).toEqual([10]);
  expect(clientsIn(resumed, 11)).toEqual([10]);
  expect(clientsIn(resumed, 12)).toEqual([10]);
});

test('they are looked for in the first reading alone, and take nothing from clients', () => {
  expect(clientsIn(resumed, 10, 12)).toEqual([10, 12]);
  expect(clientsIn(resumed, 20, 30)).toEqual([20, 30]);
});

test('there are none of an engine whose health checks use nothing, nor without a record', () => {
  const {stamp} = page(0, 0);
  expect(withUnreadRequests(recalled, null, stamp)).toBe(recalled);
  expect(withUnreadRequests(noOwnRequests, sglang.healthUsage, stamp)).toBe(noOwnRequests);
});
