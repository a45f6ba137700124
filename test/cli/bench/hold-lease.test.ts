import {expect, onTestFinished, test, vi} from 'vitest';
import type {BenchLeaseRequest} from '../../../src/api/bench/bench-requests.ts';
import {askForLease, holdLease} from '../../../src/cli/bench/hold-lease.ts';
import {err, ok} from '../../../src/shared/result.ts';

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

const unavailable = {code: 'supervisor.unavailable', message: 'No supervisor is running.', remedy: ''};

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
  const held = await holdLease(client, tokens(5), async () => undefined);
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

test('a supervisor that has ended is started before a load is sent that it has to know of', async () => {
  const {sent, client} = recorder();
  let isRunning = true;
  const held = await holdLease(
    {takeBenchLease: async (request) => (isRunning ? await client.takeBenchLease(request) : err(unavailable))},
    tokens(5),
    async () => {
      isRunning = true;
    },
  );
  if (!held.ok) throw new Error(held.error.message);
  onTestFinished(held.value.release);
  isRunning = false;
  await held.value.allow(tokens(9));
  expect(sent.map(({mostTokens}) => mostTokens)).toEqual([5, 9].map(tokens));
});
