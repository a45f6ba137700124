import {describe, expect, test} from 'vitest';
import type {MemoryPlan} from '../../../src/domain/memory/plan/memory-plan.ts';
import {type PlanOutcome, planOutcome} from '../../../src/domain/memory/plan/plan-outcome.ts';
import {vllmMemory} from '../../../src/engines/vllm/memory.ts';
import type {GpuSample} from '../../../src/samples/gpu.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {type CurrentPlan, createCurrentPlan} from '../../../src/supervisor/launch/current-plan.ts';
import {planNode} from '../../../src/supervisor/launch/plan-cards.ts';
import type {PlanSources} from '../../../src/supervisor/launch/plan-knowledge.ts';
import type {Observations} from '../../../src/supervisor/snapshot/observations.ts';
import {settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {h200Cards} from './gpu-samples.ts';

const nothingKnown = {onDisk: () => null, installedVersion: () => null, runningVersion: () => null, outcomes: []};
const stamp = {sampledAtMs: 1, monotonicMs: 1};
const unread = {driverVersion: absent('-'), cudaVersion: absent('-')};

type Seen = Pick<Observations, 'gpuInventory' | 'gpuFrame' | 'gpuTrouble'>;

function inventoryOf(gpus: readonly GpuSample[]): Observations['gpuInventory'] {
  return {stamp, gpus, processes: [], ...unread};
}

function frameOf(gpus: readonly GpuSample[]): Observations['gpuFrame'] {
  return {stamp, gpus, expectedCount: 8, missingIndexes: []};
}

/** The plan of a node whose readings a test changes. */
function bench(
  seen: Partial<Seen>,
  knowledge: PlanSources = nothingKnown,
): {
  readonly seen: {-readonly [name in keyof Seen]: Seen[name]};
  readonly plan: CurrentPlan;
} {
  const readings = {gpuInventory: null, gpuFrame: null, gpuTrouble: null, ...seen};
  return {seen: readings, plan: createCurrentPlan(() => readings, knowledge)};
}

function planOf(plan: CurrentPlan): MemoryPlan {
  const made = plan.get();
  if (isAbsent(made)) throw new Error(made.absent);
  return made;
}

describe('the plan of the next start', () => {
  test('has the GPUs of the newest frame, not those of an older inventory', () => {
    const {seen, plan} = bench({gpuInventory: inventoryOf(h200Cards(7)), gpuFrame: frameOf(h200Cards(8))});
    plan.renew(settingsOf());
    expect(planOf(plan)).toMatchObject({verdict: 'fits', node: {gpuCount: 8}});
    seen.gpuInventory = inventoryOf(h200Cards(8));
    seen.gpuFrame = frameOf(h200Cards(7));
    plan.renew(settingsOf());
    expect(planOf(plan).node.gpuCount).toBe(7);
  });

  test('has the sizes of the inventory, which older drivers report only there', () => {
    const unsized = h200Cards(8).map((gpu) => ({...gpu, memoryTotalBytes: absent('not in frames')}));
    const {plan} = bench({gpuInventory: inventoryOf(h200Cards(8)), gpuFrame: frameOf(unsized)});
    plan.renew(settingsOf());
    expect(planOf(plan).verdict).toBe('fits');
  });

  test('has the GPUs of the inventory while frames do not come', () => {
    const gpuTrouble = {sinceMonotonicMs: 1, detail: 'silent'};
    const {plan} = bench({gpuInventory: inventoryOf(h200Cards(8)), gpuFrame: frameOf(h200Cards(7)), gpuTrouble});
    plan.renew(settingsOf());
    expect(planOf(plan).node.gpuCount).toBe(8);
  });

  test('follows each GPU that is lost or comes back, and is not made again otherwise', () => {
    const {seen, plan} = bench({gpuFrame: frameOf(h200Cards(8))});
    plan.follow(settingsOf(), false);
    const first = planOf(plan);
    plan.follow(settingsOf(), false);
    expect(plan.get()).toBe(first);
    seen.gpuFrame = frameOf(h200Cards(8).map((gpu, index) => (index === 3 ? {...gpu, fault: 'lost'} : gpu)));
    plan.follow(settingsOf(), false);
    expect(planOf(plan)).toMatchObject({verdict: 'does-not-fit', node: {gpuCount: 7}});
    seen.gpuFrame = frameOf(h200Cards(8));
    plan.follow(settingsOf(), false);
    expect(planOf(plan)).toMatchObject({verdict: 'fits', node: {gpuCount: 8}});
  });

  test('stays while no GPU can be read', () => {
    const {seen, plan} = bench({gpuFrame: frameOf(h200Cards(8))});
    plan.follow(settingsOf(), false);
    seen.gpuFrame = null;
    plan.follow(settingsOf(), false);
    expect(planOf(plan).node.gpuCount).toBe(8);
  });
});

describe('the plan of a running engine', () => {
  test('is made again if it has too few GPUs, and more can be used now', () => {
    const {plan} = bench({gpuFrame: frameOf(h200Cards(8))});
    plan.keep(planNode(settingsOf(), h200Cards(7), nothingKnown));
    plan.follow(settingsOf(), true);
    expect(planOf(plan)).toMatchObject({verdict: 'fits', node: {gpuCount: 8}});
  });

  test('is made if there was none', () => {
    const {plan} = bench({gpuFrame: frameOf(h200Cards(8))});
    plan.follow(settingsOf(), true);
    expect(planOf(plan).verdict).toBe('fits');
  });

  test('stays when a GPU is lost, and when GPUs that it does not use come back', () => {
    const {seen, plan} = bench({gpuFrame: frameOf(h200Cards(7))});
    plan.keep(planNode(settingsOf(), h200Cards(8), nothingKnown));
    plan.follow(settingsOf(), true);
    expect(planOf(plan).node.gpuCount).toBe(8);
    const ofFour = planNode({...settingsOf(), tensorParallelSize: 4}, h200Cards(7), nothingKnown);
    plan.keep(ofFour);
    seen.gpuFrame = frameOf(h200Cards(8));
    plan.follow({...settingsOf(), tensorParallelSize: 4}, true);
    expect(plan.get()).toBe(ofFour);
  });
});

function estimated(): MemoryPlan {
  const {plan} = bench({gpuFrame: frameOf(h200Cards(8))});
  plan.renew(settingsOf());
  return planOf(plan);
}

/** What a start taught: a KV cache of this many GiB per GPU. */
function taughtBy(runId: string, atMs: number, poolGib: number): PlanOutcome {
  const outcome = planOutcome({
    runId,
    atMs,
    plan: estimated(),
    engine: vllmMemory,
    engineVersion: '0.28.0',
    facts: {kvCachePoolBytesPerGpu: poolGib * BYTES_PER_GIB},
    usedBytes: null,
  });
  if (outcome === null) throw new Error('no outcome');
  return outcome;
}

describe('the plan of an adopted run', () => {
  const startedAtMs = 5_000;
  const own = taughtBy('run-2', startedAtMs + 20_000, 48);
  const gpuFrame = frameOf(h200Cards(8));

  test('is that of its start: what the run measured itself is compared with it', () => {
    const {plan} = bench(
      {gpuFrame},
      {onDisk: () => null, installedVersion: () => null, runningVersion: () => null, outcomes: [own]},
    );
    plan.adopt(settingsOf(), startedAtMs);
    expect(planOf(plan).confidence).toBe('estimated');
    plan.renew(settingsOf());
    expect(planOf(plan).confidence).toBe('calibrated');
  });

  test('is also that of its start when GPUs or model files are read later', () => {
    const {seen, plan} = bench(
      {},
      {onDisk: () => null, installedVersion: () => null, runningVersion: () => null, outcomes: [own]},
    );
    plan.adopt(settingsOf(), startedAtMs);
    expect(isAbsent(plan.get())).toBe(true);
    seen.gpuFrame = gpuFrame;
    plan.follow(settingsOf(), true);
    expect(planOf(plan).confidence).toBe('estimated');
    plan.readopt();
    expect(planOf(plan).confidence).toBe('estimated');
  });

  test('counts what the run measured where its plan was made with what others had measured', () => {
    const before = taughtBy('run-1', startedAtMs - 1, 40);
    const {plan} = bench(
      {gpuFrame},
      {onDisk: () => null, installedVersion: () => null, runningVersion: () => null, outcomes: [own, before]},
    );
    plan.adopt(settingsOf(), startedAtMs);
    const poolGib = planOf(plan).perGpu.kvCachePoolBytes / BYTES_PER_GIB;
    expect(poolGib).toBeGreaterThan(40);
  });

  test('is not made again for files once another start has been judged', () => {
    const {plan} = bench(
      {gpuFrame},
      {onDisk: () => null, installedVersion: () => null, runningVersion: () => null, outcomes: [own]},
    );
    plan.adopt(settingsOf(), startedAtMs);
    const judged = planNode(settingsOf(), h200Cards(7), nothingKnown);
    plan.keep(judged);
    plan.readopt();
    expect(plan.get()).toBe(judged);
  });
});

describe('a plan that assumes the newest release', () => {
  const gpuFrame = frameOf(h200Cards(8));
  const learning = () => {
    const known: {version: string | null} = {version: null};
    return {known, sources: {...nothingKnown, runningVersion: () => known.version}};
  };

  test('is made again once the engine has said its version, of a judged start and of an adopted run', () => {
    for (const isAdopted of [false, true]) {
      const {known, sources} = learning();
      const {plan} = bench({gpuFrame}, sources);
      if (isAdopted) plan.adopt(settingsOf(), 5_000);
      else plan.keep(planNode(settingsOf(), h200Cards(8), sources));
      expect(planOf(plan).engine).toMatchObject({version: null, versionOrigin: 'assumed'});
      known.version = '0.28.0';
      plan.onVersion();
      expect(planOf(plan).engine).toMatchObject({version: '0.28.0', versionOrigin: 'log'});
    }
  });

  test('stays if GPUs have gone since', () => {
    const {known, sources} = learning();
    const {seen, plan} = bench({gpuFrame}, sources);
    plan.keep(planNode(settingsOf(), h200Cards(8), sources));
    known.version = '0.28.0';
    seen.gpuFrame = frameOf(h200Cards(7));
    plan.onVersion();
    expect(planOf(plan)).toMatchObject({engine: {version: null}, node: {gpuCount: 8}});
  });
});

describe('the plan of a run', () => {
  const gpuFrame = frameOf(h200Cards(8));

  test('is for the version that the run has logged, whatever the last start or the installation was', () => {
    const outcomes = [{...taughtBy('run-1', 1, 40), engineVersion: '0.21.0'}];
    const known: {running: string | null; installed: string | null} = {running: null, installed: null};
    const sources = {
      ...nothingKnown,
      runningVersion: () => known.running,
      installedVersion: () => known.installed,
      outcomes,
    };
    const {plan} = bench({gpuFrame}, sources);
    plan.keep(planNode(settingsOf(), h200Cards(8), sources));
    expect(planOf(plan).engine).toMatchObject({version: '0.21.0', versionOrigin: 'last-start'});
    for (const running of ['0.28.0', '0.32.0']) {
      known.running = running;
      plan.onVersion();
      expect(planOf(plan).engine).toMatchObject({version: running, versionOrigin: 'log'});
    }
    known.running = null;
    known.installed = '0.29.0';
    plan.keep(planNode(settingsOf(), h200Cards(8), sources));
    known.running = '0.28.0';
    plan.onVersion();
    expect(planOf(plan).engine).toMatchObject({version: '0.28.0', versionOrigin: 'log'});
  });

  test('that was adopted stays for its own version after another one was installed', () => {
    const known: {running: string | null} = {running: null};
    const sources = {...nothingKnown, runningVersion: () => known.running, installedVersion: () => '0.26.0'};
    const {seen, plan} = bench({}, sources);
    plan.adopt(settingsOf(), 5_000);
    known.running = '0.21.0';
    plan.onVersion();
    seen.gpuFrame = gpuFrame;
    plan.follow(settingsOf(), true);
    expect(planOf(plan).engine).toMatchObject({version: '0.21.0', versionOrigin: 'log'});
    plan.readopt();
    expect(planOf(plan).engine.version).toBe('0.21.0');
    // The next start uses what is installed.
    known.running = null;
    plan.renew(settingsOf());
    expect(planOf(plan).engine).toMatchObject({version: '0.26.0', versionOrigin: 'installed'});
  });

  test('stays as it is if the run has logged the version that it is for', () => {
    const sources = {...nothingKnown, runningVersion: () => '0.28.0', installedVersion: () => '0.28.0'};
    const {plan} = bench({gpuFrame}, sources);
    const judged = planNode(settingsOf(), h200Cards(8), sources);
    plan.keep(judged);
    plan.onVersion();
    expect(plan.get()).toBe(judged);
  });
});
