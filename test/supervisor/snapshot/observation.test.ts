import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {clientSample, noOwnRequests, withRequestSent} from '../../../src/domain/traffic/own-requests/own-requests.ts';
import {absent} from '../../../src/samples/reading.ts';
import {nothingObserved, type Observation, withObservation} from '../../../src/supervisor/snapshot/observation.ts';
import type {Observations} from '../../../src/supervisor/snapshot/observations.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {buildFinding} from '../../support/build-snapshot.ts';
import {ago, gpuSample, now} from './observed.ts';

const noPages = () => Promise.reject(new Error('no page is read here'));

const LATE = 'nvidia-smi delivers no complete reading';
const finding = buildFinding({code: 'a.b', message: 'first.'});
const limitLow = buildFinding({code: 'preflight.limit-low'});
const sample = buildMetricsSample(99, {runningRequests: 3});
const frame = {stamp: now, gpus: [gpuSample(0)], expectedCount: 1, missingIndexes: []};
const inventory = {
  stamp: now,
  driverVersion: '580',
  cudaVersion: '13.0',
  gpus: [gpuSample(0)],
  processes: [],
};
const knownCards = [{pciBusId: '00000000:1A:00.0', index: 0}];
const process = {gpuUuid: 'GPU-0', pid: 7, name: 'python', usedBytes: 1} as const;
const traffic = {
  promptTokensPerSecond: 1,
  generationTokensPerSecond: 2,
  runningRequests: 3,
  waitingRequests: 4,
  kvUsageRatio: 0.5,
  prefixCacheHitRatio: null,
};

function after(...observations: readonly Observation[]): Observations {
  return observations.reduce((seen, observation) => withObservation(seen, observation, now), nothingObserved);
}

const probe = Symbol('probe');
const probeUsage = {
  requests: 1,
  promptTokens: 30,
  cachedPromptTokens: null,
  generatedTokens: 16,
  finishReason: 'length',
} as const;
const own = (code: string, message = 'm.'): Observation => ({
  type: 'own-finding',
  finding: buildFinding({code, message}),
});
const notice = (code: string): Observation => ({type: 'log-notice', finding: buildFinding({code})});

describe('one observation changes only its own part:', () => {
  const cases: readonly [Observation, Partial<Observations>][] = [
    [
      {type: 'gpus', event: {type: 'frame', frame}},
      {gpuFrame: frame, knownCards},
    ],
    [{type: 'gpus', event: {type: 'inventory', inventory}}, {gpuInventory: inventory}],
    [
      {type: 'gpus', event: {type: 'processes', stamp: ago(5), processes: [process]}},
      {gpuProcesses: {stamp: ago(5), processes: [process]}},
    ],
    [{type: 'gpus', event: {type: 'findings', findings: [finding]}}, {gpuFindings: [finding]}],
    [
      {type: 'gpus', event: {type: 'stale', sinceMs: 1}},
      {gpuTrouble: {sinceMonotonicMs: now.monotonicMs, detail: LATE}},
    ],
    [
      {type: 'metrics', sample},
      {
        metrics: sample,
        engineMetrics: sample,
        traffic: {samples: [sample]},
        ownRequests: clientSample(noOwnRequests, sample).own,
      },
    ],
    [
      {type: 'metrics-failed', finding},
      {metricsFinding: finding, metricsTrouble: {sinceMonotonicMs: now.monotonicMs, detail: 'first.'}},
    ],
    [
      {type: 'health', answer: '200 OK', isResponse: true, state: 'ready'},
      {health: {answer: '200 OK', isResponse: true, state: 'ready'}},
    ],
    [
      {type: 'own-request-sent', key: probe, expected: probeUsage},
      {ownRequests: withRequestSent(noOwnRequests, probe, probeUsage)},
    ],
    [{type: 'own-request-ended', key: probe, usage: probeUsage}, {}],
    [{type: 'log-lines', runId: 'run-1', lines: [], readPage: noPages}, {logStamp: now}],
    [{type: 'log-trouble', finding}, {logFinding: finding}],
    [{type: 'log-notice', finding}, {logNotices: {'a.b': {stamp: now, finding, isLasting: false}}}],
    [{type: 'log-notice', finding, isLasting: true}, {logNotices: {'a.b': {stamp: now, finding, isLasting: true}}}],
    [{type: 'logged-traffic', traffic}, {loggedTraffic: {stamp: now, traffic}}],
    [{type: 'session', pids: new Set([7])}, {sessionPids: new Set([7])}],
    [{type: 'run-changed'}, {}],
    [{type: 'preflight', findings: [finding]}, {preflightFindings: [finding]}],
    [
      {type: 'preflight', findings: [finding, limitLow]},
      {preflightFindings: [finding], hostFindings: [limitLow]},
    ],
    [{type: 'host', findings: [limitLow]}, {hostFindings: [limitLow]}],
    [{type: 'own-finding', finding}, {ownFindings: {'a.b': finding}}],
    [{type: 'own-finding', finding, topic: 'history'}, {ownFindings: {history: finding}}],
    [{type: 'own-finding-resolved', topic: 'a.b'}, {}],
  ];

  test.each(cases)('%j', (observation, change) => {
    expect(after(observation)).toEqual({...nothingObserved, ...change});
  });
});

describe('a problem of a source', () => {
  const stale: Observation = {type: 'gpus', event: {type: 'stale', sinceMs: 1}};

  test('starts with the first report and ends with the first frame', () => {
    const first = withObservation(nothingObserved, stale, ago(5_000));
    const still = withObservation(first, stale, now);
    expect(still.gpuTrouble).toEqual({sinceMonotonicMs: ago(5_000).monotonicMs, detail: LATE});
    expect(
      withObservation(still, {type: 'gpus', event: {type: 'inventory', inventory}}, now).gpuTrouble,
    ).not.toBeNull();
    expect(withObservation(still, {type: 'gpus', event: {type: 'frame', frame}}, now).gpuTrouble).toBeNull();
  });

  test('of the metrics keeps its start time, shows the newest finding, and ends with a sample', () => {
    const second = buildFinding({code: 'c.d', message: 'second.'});
    const first = withObservation(nothingObserved, {type: 'metrics-failed', finding}, ago(5_000));
    const still = withObservation(first, {type: 'metrics-failed', finding: second}, now);
    expect(still.metricsTrouble).toEqual({sinceMonotonicMs: ago(5_000).monotonicMs, detail: 'second.'});
    expect(still.metricsFinding).toBe(second);
    expect(withObservation(still, {type: 'metrics', sample}, now)).toMatchObject({
      metricsFinding: null,
      metricsTrouble: null,
    });
  });

  test('of the log ends once it can be read', () => {
    expect(after({type: 'log-trouble', finding}, {type: 'log-trouble', finding: null}).logFinding).toBeNull();
  });
});

describe('findings by code', () => {
  test('of the supervisor itself replace one another, and one is resolved without the others', () => {
    const seen = after(own('a.b', 'old.'), own('c.d'), own('a.b', 'new.'));
    expect(Object.values(seen.ownFindings).map(({message}) => message)).toEqual(['new.', 'm.']);
    expect(Object.keys(withObservation(seen, {type: 'own-finding-resolved', topic: 'a.b'}, now).ownFindings)).toEqual([
      'c.d',
    ]);
    expect(withObservation(seen, {type: 'own-finding-resolved', topic: 'x.y'}, now)).toBe(seen);
  });

  test('of the log keep the latest time', () => {
    const first = withObservation(nothingObserved, notice('a.b'), ago(9_000));
    const again = withObservation(first, notice('a.b'), now);
    expect(again.logNotices['a.b']?.stamp).toEqual(now);
  });
});

test('another run: measurements of the previous one are unknown, those of the node stay', () => {
  const of = after(
    {type: 'gpus', event: {type: 'frame', frame}},
    {type: 'metrics', sample},
    {type: 'health', answer: '200 OK', isResponse: true, state: 'ready'},
    {type: 'log-lines', runId: 'run-1', lines: [], readPage: noPages},
    {type: 'logged-traffic', traffic},
    notice('a.b'),
    own('c.d'),
    {type: 'run-changed'},
  );
  expect(of).toEqual({
    ...nothingObserved,
    gpuFrame: frame,
    knownCards,
    ownFindings: {'c.d': buildFinding({code: 'c.d', message: 'm.'})},
  });
  expect(of.health).toBeNull();
});

test('an unknown value of a sample stays unknown', () => {
  const unread = buildMetricsSample(99, {runningRequests: absent('not exposed')});
  expect(after({type: 'metrics', sample: unread}).metrics?.runningRequests).toEqual(absent('not exposed'));
});

/** Everything that can be changed in it is frozen. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Set)) {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}

test('any observations in any order: no input is mutated', () => {
  const codes = fc.constantFrom('a.b', 'c.d', 'e.f');
  const findings: fc.Arbitrary<Finding> = codes.map((code) => buildFinding({code}));
  const observations: fc.Arbitrary<Observation> = fc.oneof(
    fc.constantFrom<Observation>(
      {type: 'gpus', event: {type: 'frame', frame}},
      {type: 'gpus', event: {type: 'stale', sinceMs: 1}},
      {type: 'gpus', event: {type: 'findings', findings: [finding]}},
      {type: 'log-lines', runId: 'run-1', lines: [], readPage: noPages},
      {type: 'logged-traffic', traffic},
      {type: 'health', answer: '200 OK', isResponse: true, state: 'ready'},
      {type: 'run-changed'},
      {type: 'log-trouble', finding: null},
    ),
    fc.nat({max: 200}).map((second): Observation => ({type: 'metrics', sample: buildMetricsSample(second, {})})),
    findings.map((one): Observation => ({type: 'metrics-failed', finding: one})),
    findings.map((one): Observation => ({type: 'log-notice', finding: one})),
    findings.map((one): Observation => ({type: 'own-finding', finding: one})),
    codes.map((topic): Observation => ({type: 'own-finding-resolved', topic})),
  );
  fc.assert(
    fc.property(fc.array(observations, {maxLength: 30}), (all) => {
      let seen = frozen(nothingObserved);
      // In strict mode a write to what is frozen throws.
      for (const observation of frozen(all)) seen = frozen(withObservation(seen, observation, now));
    }),
  );
});

test('a probe is in the counters of the engine, and in no sample', () => {
  const idle = {promptTokensTotal: 30, generationTokensTotal: 16, runningRequests: 0};
  const seen = after(
    {type: 'metrics', sample: buildMetricsSample(1, {...idle, promptTokensTotal: 0, generationTokensTotal: 0})},
    {type: 'own-request-sent', key: probe, expected: probeUsage},
    {type: 'metrics', sample: buildMetricsSample(2, {...idle, runningRequests: 1, generationTokensTotal: 5})},
    {type: 'own-request-ended', key: probe, usage: probeUsage},
    {type: 'metrics', sample: buildMetricsSample(3, idle)},
  );
  expect(seen.metrics).toMatchObject({promptTokensTotal: 0, generationTokensTotal: 0, runningRequests: 0});
  expect(seen.traffic.samples.map(({runningRequests}) => runningRequests)).toEqual([0, 0, 0]);
  expect(after({type: 'run-changed'}).ownRequests).toBe(noOwnRequests);
});

test('a hung engine stays stalled while Gantry asks it something, which its standing numbers do not contain', () => {
  const hung = (second: number): Observation => ({
    type: 'metrics',
    sample: buildMetricsSample(second, {progressTotal: 7, runningRequests: 1, waitingRequests: 0}),
  });
  const watched = (from: number, to: number) => Array.from({length: to - from}, (_, index) => hung(from + index));
  const seen = after(
    ...watched(0, 60),
    {type: 'own-request-sent', key: probe, expected: probeUsage},
    ...watched(60, 91),
    {type: 'own-request-ended', key: probe, usage: null},
    ...watched(91, 95),
  );
  expect(seen.stall.stall).toEqual({stalledMs: 94_000, runningRequests: 1, waitingRequests: 0});
});

test('a run has the processes that were listed when it was launched; an adopted one does not know them', () => {
  const listed = (pid: number): Observation => ({
    type: 'gpus',
    event: {type: 'processes', stamp: ago(5), processes: [{...process, pid}]},
  });
  expect(after(listed(7), {type: 'run-changed'}, listed(8)).earlierProcesses).toEqual([process]);
  expect(after(listed(7), {type: 'run-changed', isAdopted: true}).earlierProcesses).toBeNull();
  expect(after({type: 'run-changed'}, listed(7)).earlierProcesses).toBeNull();
});

describe('an engine whose log alone has its requests', () => {
  const unexposed = absent('not exposed');
  const scraped = (second: number): Observation => ({
    type: 'metrics',
    sample: buildMetricsSample(second, {finishedRequestsTotal: unexposed, endToEndLatencySeconds: unexposed}),
  });
  const finished = (task: string): readonly Observation[] => [
    {type: 'logged-request', request: {part: 'complete', ms: 500, task}},
    {type: 'logged-request', request: {part: 'released', task, tokens: null}},
  ];

  const probed: readonly Observation[] = [
    {type: 'requests-read'},
    scraped(0),
    {type: 'own-request-sent', key: probe, expected: probeUsage},
    ...finished('0'),
    {type: 'own-request-ended', key: probe, usage: probeUsage},
    scraped(1),
  ];

  test("shows clients' requests as finished, without Gantry's own probe", () => {
    const seen = after(...probed, ...finished('1'), ...finished('2'), scraped(2));
    expect(seen.engineMetrics?.finishedRequestsTotal).toEqual({finished: 3, abort: 0});
    expect(seen.metrics?.finishedRequestsTotal).toEqual({finished: 2, abort: 0});
  });

  test("a sample without the counter does not make Gantry's own probe a client's request", () => {
    const seen = after(...probed);
    const {own} = clientSample(seen.ownRequests, buildMetricsSample(2));
    const next = buildMetricsSample(3, {finishedRequestsTotal: {finished: 2, abort: 0}});
    expect(clientSample(own, next).sample.finishedRequestsTotal).toEqual({finished: 1, abort: 0});
  });

  test('forgets them with the run', () => {
    const seen = after({type: 'requests-read'}, ...finished('0'), {type: 'run-changed'}, scraped(0));
    expect(seen.metrics?.finishedRequestsTotal).toEqual(unexposed);
  });
});
