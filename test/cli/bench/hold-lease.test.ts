import {expect, onTestFinished, test, vi} from 'vitest';
import type {BenchLeaseRequest} from '../../../src/api/bench/bench-requests.ts';
import {askForLease, holdLease} from '../../../src/cli/bench/hold-lease.ts';
import {ok} from '../../../src/shared/result.ts';

function recorder() {
  const sent: BenchLeaseRequest[] = [];
  const client = {
    takeBenchLease: async (request: BenchLeaseRequest) => {
      sent.push(request);
      return ok({lastBenchUntilMs: 7});
    },
  };
  return {sent, client};
}

const tokens = (count: number) => ({promptTokens: count, generatedTokens: count});

test('asking for the lease takes nothing', async () => {
  const {sent, client} = recorder();
  expect(await askForLease(client)).toEqual({ok: true, value: {lastBenchUntilMs: 7}});
  expect(sent).toEqual([{pid: process.pid, startTimeTicks: expect.any(String), dryRun: true}]);
});

test('a held lease is renewed until it is released', async () => {
  vi.useFakeTimers({toFake: ['setInterval', 'clearInterval']});
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const {sent, client} = recorder();
  const held = await holdLease(client, tokens(5));
  vi.advanceTimersByTime(10_000);
  expect(sent).toHaveLength(3);
  expect(sent.every((request) => request.dryRun === undefined)).toBe(true);
  if (!held.ok) throw new Error(held.error.message);
  await held.value.allow(tokens(9));
  vi.advanceTimersByTime(5_000);
  expect(sent.map(({mostTokens}) => mostTokens)).toEqual([5, 5, 5, 9, 9].map(tokens));
  held.value.release();
  vi.advanceTimersByTime(60_000);
  expect(sent).toHaveLength(5);
});
