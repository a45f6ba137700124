import {expect, test} from 'vitest';
import {withDetails} from '../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {type WatchedFindings, watchFindings} from '../../../src/supervisor/events/finding-watch.ts';
import {findingOf} from '../../domain/lifecycle/lifecycle-samples.ts';

/** Shows findings second by second; the codes of the events come back with the second they came in. */
function run(seconds: readonly (readonly Finding[])[]): string[] {
  let watched: WatchedFindings = [];
  return seconds.flatMap((findings, second) => {
    const step = watchFindings(watched, findings, {atMs: 1, monotonicMs: second * 1_000, runId: null});
    watched = step.watched;
    return step.events.map(({event: {code, details}}) => `${second} ${code} ${details['finding']}`);
  });
}

const lost = findingOf('gpu.lost');

test('a finding is logged when it appears and when it is resolved, not at every tick', () => {
  const seconds = [[], ...Array<Finding[]>(5).fill([lost]), ...Array<Finding[]>(15).fill([])];
  expect(run(seconds)).toEqual(['1 finding.appeared gpu.lost', '15 finding.resolved gpu.lost']);
});

test('a finding that is absent for a few ticks is not resolved', () => {
  expect(run([[lost], [], [], [lost], [], [lost]])).toEqual(['0 finding.appeared gpu.lost']);
});

test('a changed message is not a new finding, and mere advice is not an event', () => {
  expect(run([[lost], [{...lost, message: 'Another reading.'}], [lost, findingOf('memory.note', 'info')]])).toEqual([
    '0 finding.appeared gpu.lost',
  ]);
});

test('a finding that an earlier supervisor reported has lasted since then', () => {
  const now = {atMs: 1_000_000, monotonicMs: 50_000, runId: null};
  const since = (sinceMs: number) => watchFindings([], [{...lost, sinceMs}], now);
  const gone = {...now, atMs: 1_020_000, monotonicMs: 70_000};
  const lasted = (watched: WatchedFindings) =>
    watchFindings(watched, [], gone).events.map(({event}) => event.details['lastedMs']);
  expect(lasted(since(400_000).watched)).toEqual([600_000]);
  expect(lasted(since(1_000_000).watched)).toEqual([0]);
  // Of a clock that was set back.
  expect(lasted(since(2_000_000).watched)).toEqual([0]);
});

test('a resolved finding says how long it lasted, until it was last seen', () => {
  const first = watchFindings([], [lost], {atMs: 1, monotonicMs: 0, runId: null});
  const second = watchFindings(first.watched, [lost], {atMs: 2, monotonicMs: 30_000, runId: null});
  const third = watchFindings(second.watched, [], {atMs: 3, monotonicMs: 50_000, runId: 'run-1'});
  expect(third.events.map(({event}) => event)).toEqual([
    {
      atMs: 3,
      code: 'finding.resolved',
      severity: 'info',
      actor: 'host',
      message: 'Resolved: gpu.lost happened.',
      runId: 'run-1',
      details: {finding: 'gpu.lost', lastedMs: 30_000},
    },
  ]);
});

test('a start that is refused continues what its plan lacks, and the other way: it is raised and resolved once', () => {
  const planned = {...findingOf('memory.too-few-cards'), message: 'Too few GPUs.'};
  const refused = {...findingOf('preflight.does-not-fit'), message: 'Too few GPUs.'};
  const each = (finding: Finding | null) => Array<Finding[]>(15).fill(finding === null ? [] : [finding]);
  expect(run([...each(planned), ...each(refused), ...each(planned), ...each(null)])).toEqual([
    '0 finding.appeared memory.too-few-cards',
    '54 finding.resolved memory.too-few-cards',
  ]);
  expect(run([[planned], [refused], ...each(null)])).toEqual([
    '0 finding.appeared memory.too-few-cards',
    '11 finding.resolved preflight.does-not-fit',
  ]);
  const advice = {...planned, severity: 'warning'} as const;
  expect(run([...each(advice), ...each(refused)])).toEqual([
    '0 finding.appeared memory.too-few-cards',
    '15 finding.appeared preflight.does-not-fit',
    '24 finding.resolved memory.too-few-cards',
  ]);
});

/** Shows findings second by second, each for eleven seconds; the messages of the events come back. */
function messages(steps: readonly (readonly Finding[])[]): string[] {
  let watched: WatchedFindings = [];
  return steps.flatMap((findings, step) =>
    [0, 1].flatMap((half) => {
      const now = {atMs: 1, monotonicMs: (step + half * 0.99) * 20_000, runId: null};
      const seen = watchFindings(watched, findings, now);
      watched = seen.watched;
      return seen.events.map(({event: {message}}) => message);
    }),
  );
}

function lostCard(index: number, pciBusId: string | null = null): Finding {
  const details = withDetails('source.nvidia-smi.gpu-lost', {index, pciBusId, uuid: null});
  return {...findingOf(details.code), ...details, message: `GPU ${index} is lost.`};
}

function stranger(pid: number, usedBytes = 1): Finding {
  const facts = {pid, name: 'python', usedBytes, gpuIndexes: [0], cudaNumbers: null, plannedBytes: null};
  const details = withDetails('gpu.foreign-process', facts);
  return {...findingOf(details.code, 'warning'), ...details, message: `Process ${pid} is foreign.`};
}

test('each GPU and each process has its own events, in whatever order they come and go', () => {
  const [three, five] = [lostCard(3), lostCard(5)];
  expect(messages([[three], [three, five], [five], []])).toEqual([
    'GPU 3 is lost.',
    'GPU 5 is lost.',
    'Resolved: GPU 3 is lost.',
    'Resolved: GPU 5 is lost.',
  ]);
  expect(messages([[stranger(7)], [stranger(8), stranger(7, 2)], [stranger(8)]])).toEqual([
    'Process 7 is foreign.',
    'Process 8 is foreign.',
    'Resolved: Process 7 is foreign.',
  ]);
});

const eventsOf = (findings: readonly Finding[]) =>
  watchFindings([], findings, {atMs: 1, monotonicMs: 0, runId: null}).events.map(({event}) => event);

test('a finding that another one explains names its code, and no other finding does', () => {
  const [first, second, third] = eventsOf([lost, findingOf('a.b'), {...findingOf('c.d'), explainedBy: 1}]);
  expect(third?.details).toMatchObject({finding: 'c.d', explainedBy: 'a.b'});
  for (const event of [first, second]) expect(event?.details).not.toHaveProperty('explainedBy');
});

test.each([
  ['host.xid', 'host'],
  ['gpu.foreign-process', 'host'],
  ['source.nvidia-smi.gpu-lost', 'host'],
  ['preflight.disk-low', 'host'],
  ['supervisor.log-not-rotated', 'supervisor'],
  ['configuration.differs', 'supervisor'],
  ['journal.unusable', 'supervisor'],
  ['history.unusable', 'supervisor'],
  ['hooks.failed', 'supervisor'],
  ['flight-recorder.failed', 'supervisor'],
  ['memory.tight', 'supervisor'],
  ['plan.weights-differ', 'supervisor'],
  ['lifecycle.crash-loop', 'engine'],
  ['engine.no-progress', 'engine'],
  ['source.metrics.timeout', 'engine'],
  ['source.log.unreadable', 'engine'],
  ['vllm.host', 'engine'],
  ['sglang.host-memory', 'engine'],
  ['vllm.gpu', 'engine'],
  ['vllm.memory-taken', 'engine'],
  ['vllm.plan', 'engine'],
  ['memories.of', 'engine'],
  ['hosts.x', 'engine'],
])('%s is of the %s', (code, actor) => {
  expect(eventsOf([findingOf(code)])).toMatchObject([{actor}]);
});

test('an event names what its finding is about, so that a hook can match its end with its beginning', () => {
  const first = watchFindings([], [lostCard(3, '0000:02:00.0')], {atMs: 1, monotonicMs: 0, runId: null});
  const last = watchFindings(first.watched, [], {atMs: 2, monotonicMs: 20_000, runId: null});
  const named = {finding: 'source.nvidia-smi.gpu-lost', index: 3, pciBusId: '0000:02:00.0'};
  expect([...first.events, ...last.events].map(({event}) => event)).toMatchObject([
    {code: 'finding.appeared', details: named},
    {code: 'finding.resolved', details: named},
  ]);
});

/** Shows findings in runs, second by second; code, run and finding of the events come back. */
function inRuns(seconds: readonly (readonly [runId: string | null, ...findings: Finding[]])[]): string[] {
  let watched: WatchedFindings = [];
  return seconds.flatMap(([runId, ...findings], second) => {
    const step = watchFindings(watched, findings, {atMs: 1, monotonicMs: second * 1_000, runId});
    watched = step.watched;
    return step.events.map(({event}) => `${second} ${event.code} ${event.runId} ${event.details['finding']}`);
  });
}

test('a finding about one run ends with it, and begins again in the next one, however soon that comes', () => {
  const broken = findingOf('engine.output-collapsed');
  expect(inRuns([['run-1', broken], [null], ['run-2'], ['run-2', broken]])).toEqual([
    '0 finding.appeared run-1 engine.output-collapsed',
    '2 finding.resolved run-1 engine.output-collapsed',
    '3 finding.appeared run-2 engine.output-collapsed',
  ]);
  expect(
    inRuns([
      ['run-1', lost],
      ['run-2', lost],
    ]),
  ).toEqual(['0 finding.appeared run-1 gpu.lost']);
});

test('a finding is logged again once it is critical, not each time it becomes so', () => {
  const warning = {...lost, severity: 'warning'} as const;
  expect(run([[warning], [warning], [lost], [warning], [lost]])).toEqual([
    '0 finding.appeared gpu.lost',
    '2 finding.appeared gpu.lost',
  ]);
});

test('memory beyond the plan is not resolved by its growth', () => {
  const beyond = findingOf('gpu.memory-beyond-plan', 'warning');
  const growing = Array<Finding[]>(15).fill([findingOf('gpu.memory-growing')]);
  expect(run([[beyond], ...growing])).toEqual([
    '0 finding.appeared gpu.memory-beyond-plan',
    '1 finding.appeared gpu.memory-growing',
  ]);
});

test('a stall is not resolved by an engine that counts as degraded for it', () => {
  const stall = findingOf('engine.no-progress', 'warning');
  const none = Array<Finding[]>(15).fill([]);
  const degraded = Array<Finding[]>(15).fill([findingOf('lifecycle.not-generating')]);
  expect(run([[stall], ...none])).toContain('10 finding.resolved engine.no-progress');
  expect(run([[stall], ...degraded, ...none])).toEqual([
    '0 finding.appeared engine.no-progress',
    '1 finding.appeared lifecycle.not-generating',
    '25 finding.resolved lifecycle.not-generating',
  ]);
});
