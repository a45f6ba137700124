import {describe, expect, test} from 'vitest';
import {explainFindings} from '../../../src/domain/diagnosis/cause-chains.ts';
import {defaultFindingThresholds} from '../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {EndedGrowth} from '../../../src/domain/diagnosis/serving/run-growth.ts';
import {unseenServing} from '../../../src/domain/diagnosis/serving/serving-conditions.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {
  notAnsweringFinding,
  processesRemainFinding,
  stalledFinding,
} from '../../../src/domain/lifecycle/lifecycle-findings.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {planNode} from '../../../src/supervisor/launch/plan-cards.ts';
import {buildFindings, type FindingsInput} from '../../../src/supervisor/snapshot/build-findings.ts';
import {findingOf, runOf, statesByName} from '../../domain/lifecycle/lifecycle-samples.ts';
import {buildGpu, buildSnapshot} from '../../support/build-snapshot.ts';
import {planOf} from '../../support/plan-of.ts';
import {configured} from '../launch/fake-world.ts';
import {h200Cards} from '../launch/gpu-samples.ts';
import {ago, gpuSample, now, observed} from './observed.ts';

function stateOf(name: string): LifecycleState {
  const state = statesByName()[name];
  if (state === undefined) throw new Error(`no state ${name}`);
  return state;
}

function codes(...given: Parameters<typeof found>): readonly string[] {
  return found(...given).map(({code}) => code);
}

function found(
  change: Partial<FindingsInput>,
  isServing = false,
  gpus = buildSnapshot({gpus: []}).gpus,
): readonly Finding[] {
  const input: FindingsInput = {
    now,
    lifecycle: stateOf('stopped'),
    seen: observed(),
    plan: absent('nothing planned'),
    modelFinding: null,
    thresholds: defaultFindingThresholds,
    earlierStarts: [],
    cost: {nodeUsdPerHour: 28.8, idle: null},
    configuration: {findings: []},
    ...change,
  };
  return buildFindings(input, gpus, isServing);
}

const info = (code: string): Finding => findingOf(code, 'info');
const warning = (code: string): Finding => findingOf(code, 'warning');

test('the worst come first, and duplicates are removed', () => {
  const gpuFindings = [info('i'), warning('w'), findingOf('c'), warning('w'), {...warning('w'), message: 'Else.'}];
  expect(codes({seen: observed({gpuFindings})})).toEqual(['c', 'w', 'w', 'i']);
});

test('every observed part contributes', () => {
  const seen = observed({
    gpuFindings: [warning('gpu')],
    logFinding: warning('log'),
    ownFindings: {journal: warning('journal'), history: warning('history')},
  });
  const failed = stateOf('failed');
  expect(codes({seen})).toEqual(['gpu', 'journal', 'history']);
  expect(codes({seen, lifecycle: stateOf('ready')})).toEqual(['gpu', 'log', 'journal', 'history']);
  expect(codes({modelFinding: warning('model')})).toEqual(['model']);
  expect(codes({lifecycle: failed})).toEqual(['lifecycle.engine-exited']);
  expect(codes({lifecycle: stateOf('backing-off')})).toEqual(['lifecycle.crash-loop']);
});

test('the size of a GPU contradicts the plan only if the engine uses that GPU', () => {
  const plan = planOf({...configured, tensorParallelSize: 2}, '3xH200');
  const lifecycle: LifecycleState = {...stateOf('ready'), settings: plan.settings};
  const small = plan.node.perGpu.nvmlBytes / 2;
  const contradicted = (lost: readonly number[], smallIndex: number) => {
    const gpus = [0, 1, 2].map((index) =>
      gpuSample(index, {
        fault: lost.includes(index) ? 'GPU is lost' : null,
        memoryTotalBytes: index === smallIndex ? small : plan.node.perGpu.nvmlBytes,
      }),
    );
    const seen = observed({gpuFrame: {stamp: now, gpus, expectedCount: 3, missingIndexes: []}});
    return codes({lifecycle, plan, seen}).includes('plan.gpu-memory-differs');
  };
  expect(contradicted([], 1)).toBe(true);
  expect(contradicted([], 2)).toBe(false);
  expect(contradicted([0], 2)).toBe(true);
  expect(contradicted([0], 0)).toBe(false);
});

describe('metrics that cannot be read', () => {
  const failing = (forMs: number) => ({
    metricsFinding: warning('metrics'),
    metricsTrouble: {sinceMonotonicMs: ago(forMs).monotonicMs, detail: 'metrics'},
  });
  const seen = observed(failing(15_000));

  test('are reported only for a serving engine', () => {
    expect(codes({seen, lifecycle: stateOf('ready')}, true)).toContain('metrics');
    expect(codes({seen, lifecycle: stateOf('starting (loading)')}, false)).not.toContain('metrics');
  });

  test('are only old for a quarter of a minute', () => {
    expect(codes({seen: observed(failing(14_999)), lifecycle: stateOf('ready')}, true)).toEqual([]);
  });
});

describe('an engine that makes no step', () => {
  const stall = (stalledSeconds: number) => ({
    newest: {isFirst: false, counter: 7, stamp: now},
    stall: {stalledMs: stalledSeconds * 1_000, runningRequests: 3, waitingRequests: 2},
  });
  const seen = (stalledSeconds: number) => observed({stall: stall(stalledSeconds)});

  test('is reported after twenty seconds, while it serves and nothing worse is reported', () => {
    expect(codes({seen: seen(20), lifecycle: stateOf('ready')}, true)).toEqual(['engine.no-progress']);
    expect(codes({seen: seen(19.9), lifecycle: stateOf('ready')}, true)).toEqual([]);
    expect(codes({seen: seen(20), lifecycle: stateOf('ready')}, false)).toEqual([]);
    expect(codes({seen: seen(60), lifecycle: stateOf('degraded')}, true)).not.toContain('engine.no-progress');
    expect(codes({lifecycle: stateOf('ready')}, true)).toEqual([]);
  });

  test('is not expected to compile for longer than compilations take', () => {
    const remedyOf = (seconds: number) => found({seen: seen(seconds), lifecycle: stateOf('ready')}, true)[0]?.remedy;
    expect(remedyOf(69.9)).toMatch(/^Wait: /);
    expect(remedyOf(70)).not.toContain('Wait');
    expect(remedyOf(70)).toMatch(/^Read the log: /);
  });

  test('is not reported as hanging while it is stopped', () => {
    const stall = {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0};
    const hung = {...stateOf('ready'), diagnosis: stalledFinding(stall)};
    const codesIn = (state: 'degraded' | 'draining' | 'stopping') => codes({lifecycle: {...hung, state}}, true);
    expect(codesIn('degraded')).toContain('lifecycle.not-generating');
    expect(codesIn('draining')).toContain('lifecycle.not-generating');
    expect(codesIn('stopping')).not.toContain('lifecycle.not-generating');
  });

  test('is degraded for as long as it makes no step, not as long as when that was reported', () => {
    const reported = {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0};
    const degraded = {
      ...stateOf('ready'),
      state: 'degraded',
      diagnosis: stalledFinding(reported, {evidence: 'evidence', stoppedPids: [7], tracedPids: [8]}),
    } as const;
    const [finding] = found({lifecycle: degraded, seen: seen(600)}, true);
    expect(finding).toMatchObject({
      code: 'lifecycle.not-generating',
      evidence: 'evidence',
      details: {stall: {stalledMs: 600_000, runningRequests: 3, waitingRequests: 2}, stoppedPids: [7], tracedPids: [8]},
    });
    const [unseen] = found({lifecycle: degraded}, true);
    expect(unseen).toEqual(degraded.diagnosis);
  });

  test('does not answer for as long as it gives no answer', () => {
    const diagnosis = notAnsweringFinding(15_000, {evidence: 'evidence', stoppedPids: [7], tracedPids: [8]});
    const degraded = {...stateOf('ready'), state: 'degraded', diagnosis} as const;
    const [finding] = found({lifecycle: degraded, seen: observed({unansweredMs: 70_000})}, true);
    expect(finding).toMatchObject({
      details: {unansweredMs: 70_000, stoppedPids: [7], tracedPids: [8]},
      evidence: 'evidence',
    });
    expect(found({lifecycle: degraded}, true)).toEqual([diagnosis]);
  });
});

describe('crashes of an earlier run', () => {
  const crashes = {count: 1, sinceMs: 1, lastAtMs: 1, cause: findingOf('vllm.cuda-error')};
  const seen = observed({gpuFindings: [warning('w'), info('i')]});

  test('come after everything of their severity that is wrong now', () => {
    const ready = {...stateOf('ready'), crashes};
    expect(codes({lifecycle: ready, seen}, true)).toEqual(['w', 'lifecycle.crash-loop', 'i']);
    const degraded = {...ready, state: 'degraded', diagnosis: findingOf('lifecycle.not-generating')} as const;
    expect(codes({lifecycle: degraded, seen}, true)).toEqual([
      'lifecycle.not-generating',
      'w',
      'lifecycle.crash-loop',
      'i',
    ]);
  });

  test('come first while the engine is down', () => {
    const failed = {...stateOf('failed'), crashes: {...crashes, count: 2}, diagnosis: null};
    const two = observed({gpuFindings: [findingOf('c'), warning('w')]});
    expect(codes({lifecycle: failed, seen: two})).toEqual(['lifecycle.crash-loop', 'c', 'w']);
  });
});

test("the preflight's findings last until the engine serves", () => {
  const seen = observed({preflightFindings: [warning('shm')]});
  const states = Object.values(statesByName()).filter((lifecycle) => codes({seen, lifecycle}).includes('shm'));
  expect(new Set(states.map(({state}) => state))).toEqual(new Set(['starting']));
  const ready = stateOf('ready');
  expect(codes({seen, lifecycle: {...ready, state: 'failed', readyAtMs: null}})).toContain('shm');
  expect(codes({seen, lifecycle: {...ready, state: 'failed'}})).not.toContain('shm');
});

test('a notice of the log lasts five minutes, or for the whole run', () => {
  const notices = (ageMs: number, isLasting = false) =>
    observed({logNotices: {n: {stamp: ago(ageMs), finding: info('n'), isLasting}}});
  const lifecycle = stateOf('ready');
  expect(codes({lifecycle, seen: notices(300_000)})).toEqual(['n']);
  expect(codes({lifecycle, seen: notices(300_001)})).toEqual([]);
  expect(codes({lifecycle, seen: notices(300_001, true)})).toEqual(['n']);
  expect(codes({seen: notices(1, true)})).toEqual([]);
});

describe('the plan', () => {
  const {plan} = buildSnapshot();
  const about = ['memory.tight', 'memory.not-one-pool', 'memory.arguments-not-planned'];
  const planned = 'absent' in plan ? plan : {...plan, findings: [...about.map(warning), info('advice')]};

  test('contributes what an engine that serves has not answered, except mere advice', () => {
    expect(codes({plan: planned})).toEqual(about);
    expect(codes({plan: planned, lifecycle: stateOf('starting (loading)')})).toContain('memory.tight');
    expect(codes({plan: planned, lifecycle: stateOf('ready')}, true)).toEqual(['memory.arguments-not-planned']);
  });
});

test('memory that grows is more than planned without the reserve of the engine', () => {
  const growing = [{index: 0, bytesPerHour: 4e9, usedBytes: 9e10, grower: 'engine', spanMs: 600_000}] as const;
  const condition = {...unseenServing.memory.condition, isRaised: true};
  const serving = {...unseenServing, memory: {...unseenServing.memory, condition, growing}};
  const unplannedOf = (gpu: ReturnType<typeof buildGpu>) => {
    const all = found({seen: observed({serving}), lifecycle: stateOf('ready')}, true, [gpu]);
    const finding = all.find(({code}) => code === 'gpu.memory-growing');
    return finding === undefined ? undefined : detailsOf(finding, 'gpu.memory-growing')?.gpus[0]?.unplannedBytes;
  };
  expect(unplannedOf(buildGpu(0, {budget: {reserveBytes: 3e9, unexplainedBytes: 10e9}}))).toBe(7e9);
  expect(unplannedOf(buildGpu(0, {budget: {reserveBytes: 3e9, unexplainedBytes: absent('not read')}}))).toBeNull();
  expect(unplannedOf(buildGpu(0, {budget: absent('nothing planned')}))).toBeNull();
});

test('a foreign process on a card is reported', () => {
  const gpus = [buildGpu(0, {processes: [{pid: 9, name: 'python', usedBytes: 4e9, isOwn: false}]})];
  expect(codes({seen: observed({largeHolders: new Set([9])})}, false, gpus)).toEqual(['gpu.foreign-process']);
  expect(codes({}, false, gpus)).toEqual([]);
});

test('a start that was refused because the GPUs were not read was refused earlier once they are', () => {
  const lifecycle = {...stateOf('stopped'), state: 'failed', diagnosis: findingOf('preflight.cards-unread')} as const;
  const gpuFrame = {stamp: now, gpus: [], expectedCount: 0, missingIndexes: []};
  const gpuTrouble = {sinceMonotonicMs: 0, detail: 'it hangs'};
  expect(codes({lifecycle, seen: observed({gpuFrame: null})})).toContain('preflight.cards-unread');
  expect(codes({lifecycle, seen: observed({gpuFrame, gpuTrouble})})).toContain('preflight.cards-unread');
  expect(codes({lifecycle, seen: observed({gpuFrame, gpuTrouble: null})})).toContain('lifecycle.refused-earlier');
  // Another reason holds, however well the GPUs are read.
  const other = {...lifecycle, diagnosis: findingOf('preflight.disk-too-small')};
  expect(codes({lifecycle: other, seen: observed({gpuFrame, gpuTrouble: null})})).toEqual(['preflight.disk-too-small']);
});

describe('processes that survive SIGKILL', () => {
  const survived = (name: string): LifecycleState => {
    const state = stateOf(name);
    return {...state, run: runOf(1), internal: {...state.internal, hasSurvivedKill: true}};
  };
  const used = (pid: number, usedBytes: number, gpuUuid: string) => ({pid, usedBytes, gpuUuid, name: 'python'});
  const gpuProcesses = {stamp: now, processes: [used(7, 2e9, 'a'), used(7, 3e9, 'b'), used(9, 4e9, 'a')]};
  const remaining = (...given: Parameters<typeof found>) =>
    found(...given).flatMap((finding) => detailsOf(finding, 'lifecycle.processes-remain') ?? []);

  test('a crash are reported next to its reason, with their pids and the memory they hold', () => {
    const lifecycle = {...survived('failed'), crashes: null, diagnosis: findingOf('vllm.cuda-error')};
    const seen = observed({sessionPids: new Set([7, 8]), gpuProcesses});
    expect(codes({lifecycle, seen})).toEqual(['vllm.cuda-error', 'lifecycle.processes-remain']);
    const processes = [
      {pid: 7, gpuBytes: 5e9},
      {pid: 8, gpuBytes: 0},
    ];
    expect(remaining({lifecycle, seen})).toEqual([{processes}]);
    const unlisted = observed({sessionPids: new Set([8])});
    expect(remaining({lifecycle, seen: unlisted})).toEqual([{processes: [{pid: 8, gpuBytes: null}]}]);
  });

  test('a stop are reported once', () => {
    const lifecycle = {...survived('failed'), crashes: null, diagnosis: processesRemainFinding(20_000)};
    expect(remaining({lifecycle, seen: observed({sessionPids: new Set([7])})})).toEqual([
      {processes: [{pid: 7, gpuBytes: null}]},
    ]);
  });
});

describe('memory that had grown', () => {
  const endedGrowth: EndedGrowth = {
    endedAtMs: 50_000,
    gpus: [{index: 3, grower: 'engine', fromBytes: 1e11, toBytes: 1.4e11, spanMs: 9e5}],
  };
  const seen = observed({endedGrowth});
  const crashed = (code: string, lastAtMs = 50_000): LifecycleState => ({
    ...stateOf('failed'),
    state: 'failed',
    diagnosis: findingOf(code),
    crashes: {count: 1, sinceMs: lastAtMs, lastAtMs, cause: findingOf(code)},
  });

  test('is the cause of a crash that ran out of it, and of the crash loop', () => {
    const one = explainFindings(found({lifecycle: crashed('vllm.out-of-memory'), seen}));
    expect(one.map(({code, explainedBy}) => [code, explainedBy])).toEqual([
      ['gpu.memory-grew', undefined],
      ['vllm.out-of-memory', 0],
    ]);
    const {crashes} = crashed('vllm.out-of-memory');
    const again = explainFindings(found({lifecycle: {...stateOf('ready'), crashes}, seen}, true));
    expect(again.map(({code}) => code)).toEqual(['gpu.memory-grew', 'lifecycle.crash-loop']);
  });

  test('is known in the moment of the crash', () => {
    const point = (atMs: number, usedBytes: number) => ({atMs, usedBytes, othersBytes: 0});
    const memory = {
      ...unseenServing.memory,
      baselines: new Map([[3, point(0, 1e11)]]),
      track: new Map([[3, [point(9e5, 1.4e11)]]]),
    };
    const now = observed({serving: {...unseenServing, memory}});
    const [finding] = found({lifecycle: crashed('vllm.out-of-memory'), seen: now}).flatMap(
      (one) => detailsOf(one, 'gpu.memory-grew') ?? [],
    );
    expect(finding?.gpus).toEqual(endedGrowth.gpus);
    // The next run has grown as well, and serves.
    const {crashes} = crashed('vllm.out-of-memory');
    const lifecycle = {...stateOf('ready'), crashes};
    expect(codes({lifecycle, seen: now}, true)).toEqual(['lifecycle.crash-loop']);
  });

  test('within the reserve of the plan is not reported', () => {
    const sglang = planOf({...configured, engine: 'sglang'}, '8xH200');
    const {totalBytes, outsideBytes, reserveBytes} = sglang.perGpu;
    const fromBytes = totalBytes + outsideBytes;
    const grownBy = (bytes: number) =>
      codes({
        lifecycle: crashed('sglang.out-of-memory'),
        plan: sglang,
        seen: observed({
          endedGrowth: {
            endedAtMs: 50_000,
            gpus: [{index: 3, grower: 'engine', fromBytes, toBytes: fromBytes + bytes, spanMs: 9e5}],
          },
        }),
      });
    expect(grownBy(reserveBytes)).not.toContain('gpu.memory-grew');
    expect(grownBy(reserveBytes + 2 * BYTES_PER_GIB)).toContain('gpu.memory-grew');
  });

  test('is not mentioned with another reason, another crash, or none', () => {
    expect(codes({lifecycle: crashed('vllm.nccl'), seen})).toEqual(['vllm.nccl']);
    for (const lastAtMs of [19_999, 80_001]) {
      expect(codes({lifecycle: crashed('vllm.out-of-memory', lastAtMs), seen})).toEqual(['vllm.out-of-memory']);
    }
    expect(codes({lifecycle: crashed('vllm.out-of-memory', 80_000), seen})).toContain('gpu.memory-grew');
    expect(codes({lifecycle: crashed('vllm.out-of-memory')})).toEqual(['vllm.out-of-memory']);
    expect(codes({lifecycle: stateOf('ready'), seen}, true)).toEqual([]);
  });
});

test('a start that was forced with too few GPUs does not lack them any more once its plan fits', () => {
  const seen = observed({preflightFindings: [findingOf('preflight.does-not-fit'), findingOf('preflight.other')]});
  const lifecycle = stateOf('starting (loading)');
  const {settings} = lifecycle;
  if (settings === null) throw new Error('no settings');
  const made = planNode(settings, h200Cards(8), {
    onDisk: () => null,
    installedVersion: () => null,
    runningVersion: () => null,
    outcomes: [],
  });
  if (isAbsent(made)) throw new Error(made.absent);
  const plan = {...made, findings: []};
  expect(codes({lifecycle, seen, plan: {...plan, verdict: 'fits'}})).toEqual(['preflight.other']);
  const both = ['preflight.does-not-fit', 'preflight.other'];
  expect(codes({lifecycle, seen, plan: {...plan, verdict: 'does-not-fit'}})).toEqual(both);
  expect(codes({lifecycle, seen})).toEqual(both);
  const other = {...settings, contextLengthTokens: settings.contextLengthTokens / 2};
  expect(codes({lifecycle, seen, plan: {...plan, settings: other, verdict: 'fits'}})).toEqual(both);
});

test('processes that were listed before the failed engine was launched explain nothing', () => {
  const holder = {pid: 7, name: 'python', usedBytes: 6e9, isOwn: false};
  const gpus = [{...buildGpu(0), processes: [holder]}];
  const seenAt = (sampledAtMs: number) =>
    observed({gpuProcesses: {stamp: {sampledAtMs, monotonicMs: 1}, processes: []}, largeHolders: new Set([7])});
  const failed: LifecycleState = {...stateOf('failed'), phaseEnteredAtMs: {launch: 1_000}};
  const about = (lifecycle: LifecycleState, sampledAtMs: number) =>
    codes({lifecycle, seen: seenAt(sampledAtMs)}, false, gpus).filter((code) => code === 'gpu.foreign-process');
  expect(about(failed, 999)).toEqual([]);
  expect(about(failed, 1_000)).toEqual(['gpu.foreign-process']);
  expect(about({...failed, phaseEnteredAtMs: {}}, 999)).toEqual(['gpu.foreign-process']);
  expect(about({...failed, state: 'ready'}, 999)).toEqual(['gpu.foreign-process']);
});
