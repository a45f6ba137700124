import {afterEach, beforeEach, describe, expect, onTestFinished, test, vi} from 'vitest';
import type {LifecycleState} from '../../../../src/domain/lifecycle/lifecycle.ts';
import {unseenStall} from '../../../../src/domain/traffic/forward-progress.ts';
import {vllm} from '../../../../src/engines/vllm/vllm.ts';
import {askHttp} from '../../../../src/sources/http/ask-http.ts';
import type {Observation} from '../../../../src/supervisor/snapshot/observation.ts';
import {watchEndpoint} from '../../../../src/supervisor/watch/endpoint/watch-endpoint.ts';
import {settingsOf} from '../../../domain/lifecycle/lifecycle-samples.ts';
import {httpAnswer} from '../../../support/http-answer.ts';

vi.mock('../../../../src/sources/http/ask-http.ts', {spy: true});

type Answer = () => Promise<Response>;

const page = 'vllm:num_requests_running{engine="0",model_name="m"} 2.0\n';
const failing =
  (code: string): Answer =>
  () =>
    Promise.reject(Object.assign(new Error(code), {code}));
const responding =
  (body: string, status = 200): Answer =>
  () =>
    Promise.resolve(new Response(body, {status}));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** An endpoint that is watched; its health path refuses every connection unless another answer is set. */
function bench(metrics: Answer, apiKey: string | null = null) {
  const world = {metrics, health: failing('ECONNREFUSED'), state: 'ready' as LifecycleState['state']};
  const asked: {readonly path: string; readonly key: string | null}[] = [];
  vi.mocked(askHttp).mockImplementation(async (url, {headers}) => {
    const {pathname} = new URL(url);
    asked.push({path: pathname, key: new Headers(headers).get('authorization')});
    return httpAnswer(await (pathname === vllm.paths.metrics ? world.metrics() : world.health()));
  });
  const observed: Observation[] = [];
  const posted: string[] = [];
  const {stop, generated} = watchEndpoint(
    'run-1',
    {
      settings: settingsOf(),
      engine: vllm,
      clock: {nowMs: () => Date.now(), monotonicMs: () => performance.now()},
      state: () => ({state: world.state}),
      observations: () => ({metrics: null, stall: unseenStall, knownCards: []}),
      configured: () => ({
        logLimits: {maxBytes: 1_000, keepFiles: 1},
        hooks: [],
        findingThresholds: {unreadMetrics: {raiseAfterMs: 15_000}},
      }),
      apiKey,
      environment: {},
      isResumed: false,
      seenAtMs: null,
      unanswered: {unansweredMs: 0},
    },
    {
      post: ({type}) => posted.push(type),
      observe: (observation) => observed.push(observation),
      signal: new AbortController().signal,
      look: async () => ({evidence: 'idle', stoppedPids: [], tracedPids: [], isLongStep: false}),
    },
  );
  onTestFinished(stop);
  return {
    world,
    asked,
    posted,
    stop,
    generated,
    unanswered: () => observed.findLast((one) => one.type === 'unanswered')?.unansweredMs ?? null,
    pass: (ms: number) => vi.advanceTimersByTimeAsync(ms),
    failures: () =>
      new Set(observed.flatMap((one) => (one.type === 'metrics-failed' ? [one.finding.code] : [])).values()),
    samples: () => observed.filter(({type}) => type === 'metrics').length,
  };
}

describe('metrics', () => {
  test('are observed, and requested with the key of the engine, which its health path does not get', async () => {
    const {samples, failures, posted, asked, pass} = bench(responding(page), 'sk-1');
    await pass(40_000);
    expect(samples()).toBeGreaterThan(5);
    // They are answers too: an engine whose health path refuses connections is not silent.
    expect([failures(), posted]).toEqual([new Set(), []]);
    expect(new Set(asked.map(({path, key}) => `${path} ${key}`))).toEqual(
      new Set([`${vllm.paths.metrics} Bearer sk-1`, `${vllm.paths.health} null`]),
    );
  });

  test('are requested without a key if there is none', async () => {
    const {asked, pass} = bench(responding(page));
    await pass(2_000);
    expect(new Set(asked.map(({key}) => key))).toEqual(new Set([null]));
  });

  test('that fail before the engine serves are no problem', async () => {
    const {world, failures, posted, pass} = bench(failing('ECONNREFUSED'));
    world.state = 'starting';
    await pass(30_000);
    expect([failures(), posted]).toEqual([new Set(), []]);
    world.state = 'ready';
    await pass(2_000);
    expect([...failures()]).toEqual(['source.metrics.refused']);
  });
});

describe('an engine', () => {
  test.each([
    ['refuses connections', failing('ECONNREFUSED'), 'source.metrics.refused'],
    ['closes connections', failing('ECONNRESET'), 'source.metrics.broken-off'],
    ['speaks another protocol', () => Promise.reject(notHttp()), 'source.metrics.not-http'],
    ['never answers', () => new Promise<never>(() => undefined), null],
  ] as const)('that %s does not answer', async (_, answer, code) => {
    const {failures, posted, pass, world} = bench(answer);
    await pass(14_000);
    expect(posted).not.toContain('server-silent');
    await pass(3_000);
    expect(posted).toContain('server-silent');
    expect([...failures()]).toEqual(code === null ? [] : [code]);
    world.metrics = responding(page);
    world.health = responding('');
    await pass(10_000);
    if (code !== null) expect(posted.at(-1)).toBe('server-answers');
  });

  test.each([
    ['another status', responding('', 404), 'source.metrics.http-status'],
    ['a page that cannot be read', responding('no metrics\n'), 'source.metrics.malformed'],
  ])('that answers with %s answers, but gives no metrics', async (_, answer, code) => {
    const {failures, posted, pass} = bench(answer);
    await pass(30_000);
    expect([...failures()]).toEqual([code]);
    expect(posted).toEqual(['metrics-silent']);
  });

  test('whose health path answers does answer', async () => {
    const {world, posted, pass} = bench(failing('ECONNREFUSED'));
    world.health = responding('', 503);
    await pass(30_000);
    expect(posted).toEqual(['metrics-silent']);
  });
});

test('after its end nothing is requested or reported', async () => {
  const {asked, posted, pass, stop} = bench(failing('ECONNREFUSED'));
  await pass(5_000);
  stop();
  const [askedBefore, postedBefore] = [asked.length, posted.length];
  await pass(60_000);
  expect([asked.length, posted.length]).toEqual([askedBefore, postedBefore]);
});

function notHttp(): Error {
  return Object.assign(new Error('Parse Error: Expected HTTP/'), {code: 'HPE_INVALID_CONSTANT'});
}

test('generated text is an answer of a server that gives neither metrics nor health, as long as more of it comes', async () => {
  const {posted, generated, unanswered, failures, pass} = bench(failing('ETIMEDOUT'));
  await pass(20_000);
  expect(posted).toContain('server-silent');
  expect(unanswered()).toBeGreaterThan(15_000);
  generated();
  expect([posted.at(-1), unanswered()]).toEqual(['server-answers', null]);
  // A token is requested often enough that the server never counts as silent meanwhile.
  for (let second = 0; second < 60; second += 1) {
    const before = posted.length;
    await pass(1_000);
    if (posted.slice(before).includes('metrics-silent')) generated();
    expect(unanswered()).toBeNull();
  }
  expect(posted.filter((type) => type === 'server-silent')).toHaveLength(1);
  expect(failures().size).toBe(1);
  // Without an answer to that request it is silent again.
  await pass(40_000);
  expect(unanswered()).toBeGreaterThan(15_000);
  expect(posted.filter((type) => type === 'server-silent')).toHaveLength(2);
});
