import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {countFinished} from '../../../src/cli/bench/count-finished.ts';
import {absent} from '../../../src/samples/reading.ts';
import {ok} from '../../../src/shared/result.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what the engine has finished since then counts, also after it was restarted, until it is stopped', async () => {
  const pages = [{stop: 10}, {stop: 10, length: 2}, absent('no page'), {stop: 1}, {stop: 4}, {stop: 9}];
  const told: number[] = [];
  const snapshot = buildSnapshot();
  const getSnapshot = () => {
    const finishedRequestsTotal = pages.shift() ?? absent('no page');
    return Promise.resolve(ok({...snapshot, traffic: {...snapshot.traffic, finishedRequestsTotal}}));
  };
  const following = countFinished({getSnapshot}, (requests) => told.push(requests));
  await vi.advanceTimersByTimeAsync(4_500);
  following.stop();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toEqual([0, 2, 0, 3]);
});
