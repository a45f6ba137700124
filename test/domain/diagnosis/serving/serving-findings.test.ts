import {describe, expect, test} from 'vitest';
import {type Condition, unseenCondition} from '../../../../src/domain/diagnosis/conditions/condition.ts';
import {defaultFindingThresholds} from '../../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {cureCandidates} from '../../../../src/domain/diagnosis/cure-candidates.ts';
import {detailsOf} from '../../../../src/domain/diagnosis/details/details.ts';
import {type Finding, findingSchema} from '../../../../src/domain/diagnosis/finding.ts';
import type {GpuNow} from '../../../../src/domain/diagnosis/serving/memory-finding.ts';
import type {GrowingGpu} from '../../../../src/domain/diagnosis/serving/memory-growth.ts';
import {type ServingConditions, unseenServing} from '../../../../src/domain/diagnosis/serving/serving-conditions.ts';
import {servingFindings} from '../../../../src/domain/diagnosis/serving/serving-findings.ts';
import type {WaitingReason} from '../../../../src/domain/diagnosis/serving/waiting-reason.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import type {EngineMetricsSample} from '../../../../src/samples/engine-metrics.ts';
import {absent, type Reading} from '../../../../src/samples/reading.ts';
import {BYTES_PER_GIB, MS_PER_HOUR} from '../../../../src/shared/units.ts';
import {buildMetricsSample} from '../../../support/build-metrics-sample.ts';
import {buildSnapshot} from '../../../support/build-snapshot.ts';

const nowMs = 1_000_000;
const raised: Condition = {...unseenCondition, isRaised: true, sinceMs: nowMs - 60_000};

type Context = {
  readonly gpus?: readonly GpuNow[];
  readonly nodeUsdPerHour?: Reading<number>;
  readonly idleMicroUsd?: Reading<number>;
  readonly settings?: LaunchSettings | null;
};

function findings(conditions: Partial<ServingConditions>, context: Context = {}): readonly Finding[] {
  const all = servingFindings(
    {...unseenServing, ...conditions},
    {
      nowMs,
      thresholds: defaultFindingThresholds,
      settings: buildSnapshot().engine.settings,
      gpus: [],
      nodeUsdPerHour: 28.8,
      idleMicroUsd: 11_000_000,
      ...context,
    },
  );
  for (const finding of all) findingSchema.parse(finding);
  return all;
}

function only(conditions: Partial<ServingConditions>, context: Context = {}): Finding {
  const [first, ...others] = findings(conditions, context);
  expect(others).toEqual([]);
  if (first === undefined) throw new Error('no finding');
  return first;
}

test('nothing is found while no condition is raised', () => {
  expect(findings({})).toEqual([]);
});

describe('memory that grows', () => {
  const gpu = (index: number, change: Partial<GrowingGpu> = {}): GrowingGpu => ({
    index,
    bytesPerHour: 4 * BYTES_PER_GIB,
    usedBytes: 130 * BYTES_PER_GIB,
    grower: 'engine',
    spanMs: 600_000,
    ...change,
  });
  const free = (index: number, gib: number): GpuNow => ({
    index,
    memoryUsedBytes: (140 - gib) * BYTES_PER_GIB,
    memoryFreeBytes: gib * BYTES_PER_GIB,
    processes: [],
    budget: {unexplainedBytes: 3 * BYTES_PER_GIB, reserveBytes: 2 * BYTES_PER_GIB, toleratedBytes: BYTES_PER_GIB},
  });
  const memory = (...growing: readonly GrowingGpu[]) => ({
    memory: {...unseenServing.memory, condition: raised, growing},
  });

  test('says when the fullest GPU is full, that one first', () => {
    const finding = only(memory(gpu(0), gpu(3)), {gpus: [free(0, 8), free(3, 4)]});
    const details = detailsOf(finding, 'gpu.memory-growing');
    expect(details?.gpus.map(({index, fullInMs}) => [index, fullInMs])).toEqual([
      [3, MS_PER_HOUR],
      [0, 2 * MS_PER_HOUR],
    ]);
    expect(details?.gpus[0]).toMatchObject({freeBytes: 4 * BYTES_PER_GIB, unplannedBytes: BYTES_PER_GIB});
    expect(finding).toMatchObject({severity: 'warning', settingsChange: null, cure: {by: 'restart'}});
  });

  test('is not said of GPUs whose memory is free again: the process has exited', () => {
    expect(findings(memory(gpu(0)), {gpus: [free(0, 130)]})).toEqual([]);
    const finding = only(memory(gpu(0), gpu(3)), {gpus: [free(0, 130), free(3, 4)]});
    expect(detailsOf(finding, 'gpu.memory-growing')?.gpus.map(({index}) => index)).toEqual([3]);
  });

  test('is critical half an hour before the end', () => {
    expect(only(memory(gpu(0)), {gpus: [free(0, 1.99)]}).severity).toBe('critical');
    expect(only(memory(gpu(0)), {gpus: [free(0, 2)]}).severity).toBe('warning');
  });

  test('of other programs is no reason to restart the engine', () => {
    const finding = only(memory(gpu(0, {grower: 'other-programs'})), {gpus: [free(0, 8)]});
    expect(finding.cure?.by).toBe('other-programs');
  });

  test('makes no claim about the end where the driver does not report free memory', () => {
    const gpus = [
      {
        index: 0,
        memoryUsedBytes: 130 * BYTES_PER_GIB,
        memoryFreeBytes: absent('not supported'),
        processes: [],
        budget: absent('no plan'),
      },
    ];
    for (const known of [gpus, []]) {
      const finding = only(memory(gpu(0)), {gpus: known});
      expect(detailsOf(finding, 'gpu.memory-growing')?.gpus[0]).toMatchObject({
        freeBytes: null,
        fullInMs: null,
        unplannedBytes: null,
      });
      expect(finding.severity).toBe('warning');
    }
  });
});

describe('memory beyond the plan', () => {
  const beyond = (beyondGib: number) => ({
    unexplainedBytes: (2 + beyondGib) * BYTES_PER_GIB,
    reserveBytes: 2 * BYTES_PER_GIB,
    toleratedBytes: BYTES_PER_GIB,
  });
  const on = (...indexes: readonly number[]) => ({
    memory: {...unseenServing.memory, beyondPlan: new Set(indexes)},
  });
  const gpu = (index: number, beyondGib: number, change: Partial<GpuNow> = {}): GpuNow => ({
    index,
    memoryUsedBytes: 130 * BYTES_PER_GIB,
    memoryFreeBytes: 10 * BYTES_PER_GIB,
    processes: [{isOwn: true, usedBytes: 120 * BYTES_PER_GIB}],
    budget: beyond(beyondGib),
    ...change,
  });
  const details = (finding: Finding) => detailsOf(finding, 'gpu.memory-beyond-plan')?.gpus;

  test('is that of the GPUs which are reported, the largest first', () => {
    const finding = only(on(0, 2), {gpus: [gpu(0, 1.5), gpu(1, 1), gpu(2, 3)]});
    expect(details(finding)?.map(({index, beyondBytes}) => [index, beyondBytes / BYTES_PER_GIB])).toEqual([
      [2, 3],
      [0, 1.5],
    ]);
    expect(finding.severity).toBe('info');
    expect(findings(on(), {gpus: [gpu(0, 9), gpu(1, 9)]})).toEqual([]);
    expect(findings(on(3), {gpus: [gpu(0, 9)]})).toEqual([]);
  });

  test('is a warning once less is free than is used beyond the plan', () => {
    const at = (freeGib: number) =>
      only(on(0, 1), {gpus: [gpu(0, 9), gpu(1, 3, {memoryFreeBytes: freeGib * BYTES_PER_GIB})]});
    expect(at(3).severity).toBe('info');
    expect(at(2.9).severity).toBe('warning');
  });

  test('is of an unknown owner unless the driver lists the engine with the memory of each process', () => {
    const own = {isOwn: true, usedBytes: 1};
    const ownerOf = (processes: GpuNow['processes']) =>
      details(only(on(0), {gpus: [gpu(0, 9, {processes})]}))?.[0]?.owner;
    expect(ownerOf([own, {isOwn: false, usedBytes: 2}])).toBe('engine');
    for (const processes of [
      [],
      [{isOwn: false, usedBytes: 2}],
      [own, {isOwn: false, usedBytes: absent('not permitted')}],
      absent('not read yet'),
    ])
      expect(ownerOf(processes)).toBe('unknown');
    const [known, unknown] = [[own], []].map((processes) =>
      only(on(0), {gpus: [gpu(0, 9, {processes, memoryFreeBytes: 1})]}),
    );
    expect(unknown?.remedy).not.toBe(known?.remedy);
    expect(unknown?.message).not.toBe(known?.message);
  });

  test('is part of the growth while that is reported', () => {
    const growing = [{index: 0, bytesPerHour: 4e9, usedBytes: 1, grower: 'engine', spanMs: 1} as const];
    const memory = {...on(0).memory, condition: raised, growing};
    expect(findings({memory}, {gpus: [gpu(0, 9)]}).map(({code}) => code)).toEqual(['gpu.memory-growing']);
  });

  test('is unknown without a plan, or without a reading', () => {
    const noBudget = absent('no plan');
    const unread = {unexplainedBytes: absent('not read'), reserveBytes: 0, toleratedBytes: 0};
    for (const budget of [noBudget, unread]) expect(findings(on(0), {gpus: [gpu(0, 9, {budget})]})).toEqual([]);
    expect(findings(on(0), {gpus: [gpu(0, 9, {memoryUsedBytes: absent('not read')})]})).toEqual([]);
    const [first] = details(only(on(0), {gpus: [gpu(0, 9, {memoryFreeBytes: absent('not supported')})]})) ?? [];
    expect(first?.freeBytes).toBeNull();
  });
});

describe('waiting requests', () => {
  const atOnce = (sample: EngineMetricsSample) => ({sample, longest: sample});
  const waiting = (
    reason: WaitingReason,
    runningLimit: number | null = 64,
    readings: Parameters<typeof buildMetricsSample>[1] = {},
  ) => ({
    waiting: {
      condition: raised,
      cause: {reason, runningLimit, isLimitStated: runningLimit !== null},
      other: null,
      isAtLeast: false,
      mostRunning: 64,
      ...atOnce(
        buildMetricsSample(nowMs / 1000, {
          waitingRequests: 44,
          runningRequests: 64,
          kvUsageRatio: 0.3,
          ...readings,
        }),
      ),
      queuedSinceMs: nowMs - 20_000,
    },
  });
  const changes = (finding: Finding) => [finding.settingsChange, ...(finding.cure?.alternatives ?? [])];

  test('are counted, with how long they wait and why', () => {
    const finding = only(waiting('running-limit'));
    expect(detailsOf(finding, 'engine.requests-waiting')).toEqual({
      waitingRequests: 44,
      runningRequests: 64,
      waitedMs: 20_000,
      endedMs: null,
      reason: 'running-limit',
      runningLimit: 64,
      isLimitStated: true,
      kvUsageRatio: 0.3,
    });
    expect(finding.severity).toBe('warning');
  });

  test('have no reason, and are of the past, while nothing is read', () => {
    const {waiting: queued} = waiting('running-limit');
    const condition = {...raised, last: {signal: 'unknown', atMs: nowMs}} as const;
    const finding = only({waiting: {...queued, condition}});
    expect(detailsOf(finding, 'engine.requests-waiting')?.reason).toBe('unknown');
    expect(changes(finding)).toEqual([null]);
    expect(finding.message).toContain('were waiting when the engine last reported it');
    const over = only({waiting: {...queued, condition, queuedSinceMs: null}});
    expect(detailsOf(over, 'engine.requests-waiting')?.reason).toBe('running-limit');
  });

  test('of a new queue have no age', () => {
    const {waiting: queued} = waiting('running-limit');
    const ageOf = (ms: number) => only({waiting: {...queued, queuedSinceMs: nowMs - ms}}).message;
    expect(ageOf(4_999)).toContain('44 requests are waiting: ');
    expect(ageOf(5_000)).toContain('44 requests are waiting, for 5 s: ');
  });

  test('at a limit that was only observed do not state it as a fact', () => {
    const {waiting: queued} = waiting('running-limit');
    const observed = only({waiting: {...queued, cause: {...queued.cause, isLimitStated: false}}});
    expect(observed.message).toContain('probably');
    expect(only(waiting('running-limit')).message).not.toContain('probably');
  });

  test('come with what was read of the engine as evidence, and with none where nothing was', () => {
    expect(only(waiting('running-limit')).evidence).toMatch(/64.*30/);
    const unread = {runningRequests: absent('not exposed'), kvUsageRatio: absent('not exposed')};
    expect(only(waiting('running-limit', 64, unread)).evidence).toBeNull();
    expect(only(waiting('running-limit', 64, {...unread, runningRequests: 7})).evidence).toMatch(/^7\b/);
  });

  test('of a burst that is over are not called waiting', () => {
    const {waiting: queued} = waiting('computing-prompts');
    const sample = buildMetricsSample(nowMs / 1000 - 25, {waitingRequests: 1});
    const longest = buildMetricsSample(nowMs / 1000 - 40, {waitingRequests: 47});
    const finding = only({waiting: {...queued, sample, longest, queuedSinceMs: null}});
    expect(detailsOf(finding, 'engine.requests-waiting')).toMatchObject({
      waitedMs: null,
      endedMs: 25_000,
      waitingRequests: 47,
    });
  });

  test('at the running limit are cured by a higher one, while the KV cache has room', () => {
    expect(changes(only(waiting('running-limit')))).toEqual([{maxRunningRequests: 128}]);
    expect(changes(only(waiting('running-limit', 64, {kvUsageRatio: absent('not exposed')})))).toEqual([
      {maxRunningRequests: 128},
    ]);
    expect(changes(only(waiting('running-limit', 64, {kvUsageRatio: 0.8})))).toEqual([null]);
    expect(changes(only(waiting('running-limit', null)))).toEqual([null]);
  });

  test('behind a full KV cache are cured by a larger one', () => {
    const settings = buildSnapshot().engine.settings;
    if (settings === null) throw new Error('no settings');
    const of = (change: Partial<LaunchSettings>) =>
      changes(only(waiting('kv-cache-full'), {settings: {...settings, ...change}}));
    expect(of({memoryFraction: 0.9, kvCacheDtype: 'auto'})).toEqual([{memoryFraction: 0.95}, {kvCacheDtype: 'fp8'}]);
    expect(of({memoryFraction: 0.95, kvCacheDtype: 'auto'})).toEqual([{kvCacheDtype: 'fp8'}]);
    expect(of({memoryFraction: 0.97, kvCacheDtype: 'fp8'})).toEqual([null]);
    expect(changes(only(waiting('kv-cache-full'), {settings: null}))).toEqual([null]);
  });

  test('while others are preempted are cured by fewer running requests first', () => {
    expect(changes(only(waiting('preempting')))[0]).toEqual({maxRunningRequests: 32});
    expect(changes(only(waiting('preempting', 64, {runningRequests: 40})))[0]).toEqual({maxRunningRequests: 32});
    expect(changes(only(waiting('preempting', 64, {runningRequests: 1})))).not.toContainEqual({maxRunningRequests: 1});
  });

  test.each(['deferred', 'computing-prompts', 'blocked', 'unknown'] as const)('%s: no setting cures them', (reason) => {
    const finding = only(waiting(reason));
    const settings = buildSnapshot().engine.settings;
    if (settings === null) throw new Error('no settings');
    expect(cureCandidates(finding, settings)).toEqual([]);
    expect(finding.remedy).not.toBe('');
  });

  test('are none before any was counted', () => {
    expect(findings({waiting: {...unseenServing.waiting, condition: raised}})).toEqual([]);
  });
});

test('slow first tokens come with their counts, target, quantile and window', () => {
  const firstTokens = {
    condition: raised,
    counted: {requests: 120, slowRequests: 37, boundMs: 10_000, windowMs: 60_000},
  };
  const finding = only({firstTokens});
  expect(detailsOf(finding, 'engine.first-token-slow')).toEqual({
    requests: 120,
    slowRequests: 37,
    boundMs: 10_000,
    targetMs: 10_000,
    quantile: 0.9,
    windowMs: 60_000,
  });
});

describe('an idle engine', () => {
  const idle = {
    idle: {condition: {...raised, sinceMs: nowMs - MS_PER_HOUR / 2}, judgedAtMs: nowMs, start: null, isAtLeast: false},
  };

  test('has the dollars of the ledger, which are at the prices of their time', () => {
    const finding = only(idle);
    expect(detailsOf(finding, 'engine.idle')).toEqual({idleMs: MS_PER_HOUR / 2, usd: 11, usdPerHour: 28.8});
    expect(finding.message).toBe('No request for 30 min. In this time the node cost $11.00.');
  });

  test('has none where the cost of the node is unknown', () => {
    const finding = only(idle, {nodeUsdPerHour: absent('not set'), idleMicroUsd: absent('not set')});
    expect(detailsOf(finding, 'engine.idle')).toEqual({idleMs: MS_PER_HOUR / 2, usd: null, usdPerHour: null});
    expect(finding.message).not.toContain('$');
  });
});
