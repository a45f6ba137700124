import {describe, expect, test} from 'vitest';
import type {Finding} from '../../../../src/domain/diagnosis/finding.ts';
import {initialLifecycleState} from '../../../../src/domain/lifecycle/step.ts';
import {planCures} from '../../../../src/domain/memory/plan/cures/plan-cures.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {isPresent} from '../../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {type FixTrial, OfferedCures} from '../../../../src/supervisor/launch/cures/offered-cures.ts';
import {judgeLaunch} from '../../../../src/supervisor/launch/judge-launch.ts';
import type {LaunchRequest} from '../../../../src/supervisor/launch/judgement.ts';
import type {JudgementWorld} from '../../../../src/supervisor/launch/world/judgement-world.ts';
import {previewCommand} from '../../../../src/supervisor/loop/judge-command.ts';
import {findingOf} from '../../../domain/lifecycle/lifecycle-samples.ts';
import {eventually} from '../../../harness/eventually.ts';
import {configured, fakeWorld, idleCards, inventoryOf} from '../fake-world.ts';

/** A host that counts what is done to it. */
function countedHost(change: Partial<JudgementWorld>) {
  const world = fakeWorld(change);
  const counts = {rounds: 0, pauses: 0, plans: 0};
  const ports: number[] = [];
  const counted: JudgementWorld = {
    ...world,
    findWriteProblem: (path) => {
      counts.rounds += 1;
      return world.findWriteProblem(path);
    },
    findPortProblem: (host, port) => {
      ports.push(port);
      return world.findPortProblem(host, port);
    },
    outcomes: () => {
      counts.plans += 1;
      return world.outcomes();
    },
    pause: (durationMs) => {
      counts.pauses += 1;
      return world.pause(durationMs);
    },
  };
  return {world: counted, counts, ports};
}

function judge(change: Partial<LaunchSettings>, world: JudgementWorld, request: Partial<LaunchRequest> = {}) {
  const settings = {...configured, ...change};
  return judgeLaunch({settings, force: false, held: () => null, node: null, memoryPatienceMs: 0, ...request}, world);
}

const portsInUse: Partial<JudgementWorld> = {
  findPortProblem: () => Promise.resolve({code: 'EADDRINUSE', holder: null}),
};
const otherHost: Partial<JudgementWorld> = {
  findPortProblem: () => Promise.resolve({code: 'EADDRNOTAVAIL', holder: null}),
};
const nextPorts = Array.from({length: 8}, (_, index) => configured.port + 1 + index);

/** Every GPU with so much memory in use, by this process or by none. */
function busyCards(usedGib: number, pid: number | null): ReturnType<JudgementWorld['readCards']> {
  const usedBytes = usedGib * BYTES_PER_GIB;
  const gpus = idleCards(8).map((gpu) => ({
    ...gpu,
    memoryUsedBytes: usedBytes,
    memoryFreeBytes: Number(gpu.memoryTotalBytes) - usedBytes,
  }));
  const processes = pid === null ? [] : gpus.map(({uuid}) => ({pid, name: 'python', usedBytes, gpuUuid: uuid}));
  return Promise.resolve({inventory: inventoryOf(8, {gpus, processes}), findings: [], unread: null});
}

const unexplained: Partial<JudgementWorld> = {readCards: () => busyCards(100, null)};

describe('one judgement', () => {
  test('checks the host once, and each of the next ports once, however many are in use', async () => {
    const {world, counts, ports} = countedHost(portsInUse);
    const {blockers} = await judge({}, world);
    expect(blockers).toMatchObject([{code: 'preflight.port-in-use', settingsChange: null}]);
    expect(counts.rounds).toBe(1);
    expect(ports).toEqual([configured.port, ...nextPorts]);
  });

  test('tries no port on an address that this host does not have', async () => {
    const {world, counts, ports} = countedHost(otherHost);
    const {blockers} = await judge({host: '127.1.2.3'}, world);
    expect(blockers).toMatchObject([{code: 'preflight.port-unusable', settingsChange: null}]);
    expect(counts.rounds).toBe(1);
    expect(ports).toEqual([configured.port]);
  });

  test('waits for memory that is being freed once, not once for each fix', async () => {
    const {world, counts} = countedHost({...unexplained, ...portsInUse});
    const {blockers} = await judge({}, world, {memoryPatienceMs: 10_000});
    expect(blockers.map(({code}) => code)).toEqual(['preflight.gpu-memory-taken', 'preflight.port-in-use']);
    expect(counts.pauses).toBe(20);
  });

  test('tries its fixes with the memory that was freed during the wait', async () => {
    let reads = 0;
    const readCards = () => {
      reads += 1;
      return reads === 1 ? busyCards(140, null) : busyCards(30, 99);
    };
    const {blockers} = await judge({}, countedHost({readCards}).world, {memoryPatienceMs: 10_000});
    expect(blockers).toMatchObject([{code: 'preflight.gpu-memory-taken', settingsChange: {memoryFraction: 0.78}}]);
  });

  test('plans the present settings once, and each fix of the plan once', async () => {
    const {world, counts} = countedHost({});
    const {plan} = await judge({memoryFraction: 0.6}, world);
    expect(counts.plans).toBe(1 + (isPresent(plan) ? planCures(plan).length : 0));
    expect(counts.plans).toBeGreaterThan(2);
  });

  test('of a fix looks for no further fixes', async () => {
    const {world, ports} = countedHost(portsInUse);
    const {blockers} = await judge({memoryFraction: 0.6}, world, {isCandidate: true});
    expect(blockers.map(({code}) => code)).toEqual(['preflight.does-not-fit', 'preflight.port-in-use']);
    expect(ports).toEqual([configured.port]);
  });
});

describe('fixes of the findings of a snapshot', () => {
  function bench(host: ReturnType<typeof countedHost>) {
    let nowMs = 0;
    let isJudged = false;
    const trials: FixTrial[] = [];
    const world: JudgementWorld = {
      ...host.world,
      pause: (durationMs) => {
        nowMs += durationMs;
        return host.world.pause(durationMs);
      },
    };
    const context = {state: initialLifecycleState(), next: configured, ownPids: new Set<number>(), nowMs: 0};
    const cures = new OfferedCures({
      preview: ({command}, trial) => {
        trials.push(trial);
        return previewCommand(command, () => ({...context, ...trial}), world);
      },
      clock: {monotonicMs: () => nowMs},
      nextSettings: () => configured,
      onChange: () => {
        isJudged = true;
      },
      onTrouble: ({message}) => {
        throw new Error(message);
      },
      onTroubleOver: () => undefined,
    });
    return async (finding: Finding) => {
      cures.of([finding], {run: null, settings: configured, lastGoodSettings: null});
      await eventually(() => isJudged, 'the fixes are judged');
      return trials;
    };
  }
  const inUse = {...findingOf('vllm.port-in-use'), settingsChange: {port: configured.port + 1}};

  test('are each judged once, without a search for fixes of their own', async () => {
    const host = countedHost(portsInUse);
    const trials = await bench(host)(inUse);
    expect(trials).toHaveLength(nextPorts.length);
    expect(host.ports).toEqual(nextPorts);
    expect(host.counts.rounds).toBe(nextPorts.length);
  });

  test('wait for memory that is being freed no longer than one start does', async () => {
    const host = countedHost({...unexplained, ...portsInUse});
    await bench(host)(inUse);
    expect(host.counts.pauses).toBe(20);
  });
});
