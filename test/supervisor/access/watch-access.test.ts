import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import type {EngineAccess} from '../../../src/domain/diagnosis/serving/engine-access.ts';
import type {EngineState} from '../../../src/domain/lifecycle/phases.ts';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {askHttp} from '../../../src/sources/http/ask-http.ts';
import {watchAccess} from '../../../src/supervisor/access/watch-access.ts';
import {runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {httpAnswer} from '../../support/http-answer.ts';

const host = vi.hoisted(() => ({addresses: ['127.0.0.1'] as readonly string[], status: 200, asked: 0}));
vi.mock('../../../src/sources/host/listening-addresses.ts', () => ({
  findListeningAddresses: () => Promise.resolve(host.addresses),
}));
vi.mock('../../../src/sources/http/ask-http.ts', {spy: true});

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(host, {addresses: ['127.0.0.1'], status: 200, asked: 0});
  vi.mocked(askHttp).mockImplementation((_, {headers}) => {
    host.asked += 1;
    if (new Headers(headers).has('authorization')) throw new Error('asked with a key');
    return Promise.resolve(httpAnswer(new Response('', {status: host.status})));
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function bench(engine = llamacpp, state: EngineState = 'ready') {
  const world = {state};
  const seen: (EngineAccess | null)[] = [];
  const stop = watchAccess(runOf(1), {
    settings: settingsOf(),
    engine,
    clock: {nowMs: () => Date.now(), monotonicMs: () => performance.now()},
    state: () => ({state: world.state}),
    pids: () => [7],
    onAccess: (access) => seen.push(access),
  });
  const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000);
  return {world, seen, stop, pass};
}

test('nothing is asked before the engine serves; then once, and rarely after that', async () => {
  const {world, seen, pass, stop} = bench(llamacpp, 'starting');
  await pass(120);
  expect([host.asked, seen]).toEqual([0, []]);
  world.state = 'ready';
  await pass(5);
  expect(seen).toEqual([{addresses: ['127.0.0.1'], port: settingsOf().port, isWide: false, guard: 'open'}]);
  await pass(9 * 60);
  expect([host.asked, seen.length]).toEqual([1, 1]);
  await pass(3 * 60);
  expect([host.asked, seen.length]).toEqual([2, 1]);
  stop();
});

test.each([
  [401, 'key'],
  [403, 'key'],
  [200, 'open'],
  [500, 'unknown'],
  [302, 'unknown'],
] as const)('a request without a key that is answered with %i: %s', async (status, guard) => {
  host.status = status;
  const {seen, pass, stop} = bench();
  await pass(5);
  expect(seen.at(-1)?.guard).toBe(guard);
  stop();
});

test('what changes while it serves is seen within a minute: the addresses, and then the key', async () => {
  host.status = 401;
  const {seen, pass, stop} = bench(vllm);
  await pass(5);
  expect(seen.at(-1)).toMatchObject({isWide: false, guard: 'partly'});
  Object.assign(host, {addresses: ['0.0.0.0'], status: 200});
  await pass(62);
  expect(seen.at(-1)).toMatchObject({addresses: ['0.0.0.0'], isWide: true, guard: 'open'});
  host.addresses = [];
  await pass(62);
  expect(seen.at(-1)).toBe(null);
  stop();
});

test('an engine that does not answer for a while keeps what was seen of its key', async () => {
  host.status = 401;
  const {seen, pass, stop} = bench();
  await pass(5);
  host.status = 503;
  await pass(20 * 60);
  expect(seen.map((access) => access?.guard)).toEqual(['key']);
  stop();
});
