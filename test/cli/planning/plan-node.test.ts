import {describe, expect, test} from 'vitest';
import {answerPlan, type PlanWorld} from '../../../src/cli/planning/plan-answer.ts';
import {catalogNode, hostNode} from '../../../src/cli/planning/plan-node.ts';
import {rowsText} from '../../../src/cli/print-rows.ts';
import {detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import type {MemoryPlan} from '../../../src/domain/memory/plan/memory-plan.ts';
import type {GpuProcessSample, GpuSample} from '../../../src/samples/gpu.ts';
import {absent} from '../../../src/samples/reading.ts';
import {err, ok} from '../../../src/shared/result.ts';
import {buildGpu} from '../../../src/sources/nvidia-smi/parse/build-gpu.ts';
import type {GpuReading} from '../../../src/sources/nvidia-smi/read-gpus-once.ts';
import {UNCHECKED} from '../../../src/supervisor/launch/checks/guarded-check.ts';
import {previewCommand} from '../../../src/supervisor/loop/judge-command.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {runOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {fakeWorld} from '../../supervisor/launch/fake-world.ts';
import {planWorld, printedPlanSchema} from './plan-world.ts';

function card(index: number, name: string, totalMib: number, usedMib = 4): GpuSample {
  const cells = {
    index: String(index),
    uuid: `GPU-${index}`,
    name,
    'memory.total': String(totalMib),
    'memory.used': String(usedMib),
    'memory.free': String(totalMib - usedMib),
  };
  return buildGpu({cells, migInstances: []}, index);
}

function reading(gpus: readonly GpuSample[], processes: readonly GpuProcessSample[] = []): GpuReading {
  const stamp = {sampledAtMs: 0, monotonicMs: 0};
  const driver = {driverVersion: absent('not asked'), cudaVersion: absent('not asked')};
  return {inventory: {stamp, ...driver, gpus, processes}, findings: [], stuck: null, isWhole: true};
}

const eight = (name: string, totalMib: number, usedMib?: number) =>
  Array.from({length: 8}, (_, index) => card(index, name, totalMib, usedMib));

function chosen(gpus: readonly GpuSample[], processes?: readonly GpuProcessSample[]) {
  const node = hostNode(reading(gpus, processes), false);
  if (!node.ok) throw new Error(node.error.message);
  return node.value;
}

/** The engine that runs, if any, with these processes. */
type Running = {readonly state: LifecycleState; readonly ownPids: ReadonlySet<number>};
const none: Running = {state: initialLifecycleState(), ownPids: new Set()};

const configured = planWorld().inForce.settings;

function previewOn(read: GpuReading, {state, ownPids}: Running): PlanWorld['previewStart'] {
  const context = {state, next: configured, ownPids, nowMs: 0};
  const world = fakeWorld({readCards: () => Promise.resolve({...read, unread: null})});
  return (settings) => previewCommand({type: 'start', settings, force: false}, () => context, world);
}

async function planOn(
  gpus: readonly GpuSample[],
  processes?: readonly GpuProcessSample[],
  previewStart = previewOn(reading(gpus, processes), none),
) {
  const node = chosen(gpus, processes);
  const world = planWorld({readHost: () => Promise.resolve(ok(node)), previewStart});
  const answer = await answerPlan(world, {settings: {}});
  if (!answer.ok) throw new Error(answer.error.error.message);
  const plan = printedPlanSchema.parse(answer.value.document);
  const text = rowsText(answer.value.rows({columns: 80, glyphs: asciiGlyphs}), {theme: null});
  return {plan: plan, text};
}

function takenOf({findings}: Pick<MemoryPlan, 'findings'>) {
  return findings.flatMap((finding) => detailsOf(finding, 'preflight.gpu-memory-taken') ?? []);
}

describe('the cards of this host', () => {
  test('override the catalog, whose value is shown next to that of nvidia-smi', () => {
    expect(chosen(eight('NVIDIA H200', 143_771)).remarks).toEqual(['nvidia-smi says 143,771 MiB, catalog 143,771']);
    const less = chosen(eight('NVIDIA H200', 143_000));
    expect(less.remarks).toEqual(['nvidia-smi says 143,000 MiB, catalog 143,771, a difference of -771 MiB']);
    expect(less.node.card.nvmlBytes).toBe(143_000 * 1024 ** 2);
    const larger = chosen(eight('NVIDIA GeForce RTX 4090', 49_140));
    expect(larger.remarks).toEqual(['nvidia-smi says 49,140 MiB: not the 24,564 MiB of its name; the size counts']);
    expect(larger.node.card).toMatchObject({nvmlBytes: 49_140 * 1024 ** 2, nominalBytes: 48e9, family: 'ada'});
    expect(chosen(eight('NVIDIA X900', 99_000)).remarks[0]).toContain('not in the catalog');
  });

  test('of different sizes: the smallest decides, and every size has its bar', async () => {
    const mixed = [
      ...eight('NVIDIA H200', 143_771).slice(0, 4),
      ...[4, 5, 6, 7].map((index) => card(index, 'NVIDIA H100 80GB HBM3', 81_559)),
    ];
    const {plan, text} = await planOn(mixed);
    expect(plan.node.gpuName).toBe('NVIDIA H100 80GB HBM3');
    expect(plan.findings.find(({code}) => code === 'memory.cards-differ')?.message).toBe(
      'The GPUs differ; the smallest one decides: 4 x NVIDIA H200 (143,771 MiB), 4 x NVIDIA H100 80GB HBM3 (81,559 MiB).',
    );
    expect(text).toMatch(/4 x .* of 140\.4 GiB\n {2}4 x .* of 79\.6 GiB/);
  });

  test('that another process uses are reported as the start is judged, with the process and the free memory', async () => {
    const processes = [{pid: 4242, name: 'python3', usedBytes: 40_000 * 1024 ** 2, gpuUuid: 'GPU-2'}];
    const busy = eight('NVIDIA H200', 143_771).with(2, card(2, 'NVIDIA H200', 143_771, 40_000));
    const {plan} = await planOn(busy, processes);
    const preview = await previewOn(reading(busy, processes), none)(configured);
    const judged = preview.ok ? preview.value.blockers : [];
    expect(takenOf(plan)).toEqual(takenOf({findings: judged}));
    expect(takenOf(plan)).toMatchObject([{cards: [{index: 2, holders: [{pid: 4242, name: 'python3'}]}]}]);
  });

  test('that only the running engine uses are free for its restart; of two programs the other one is reported', async () => {
    const serving: Running = {
      state: {...initialLifecycleState(), state: 'ready', settings: configured, run: runOf(1), readyAtMs: 1_000},
      ownPids: new Set([100, 101, 102, 103, 104, 105, 106, 107]),
    };
    const used = 130_000;
    const busy = eight('NVIDIA H200', 143_771, used);
    const workers = busy.map(({index}) => ({
      pid: 100 + index,
      name: `VLLM::Worker_TP${index}`,
      usedBytes: used * 1024 ** 2,
      gpuUuid: `GPU-${index}`,
    }));
    expect(takenOf((await planOn(busy, workers, previewOn(reading(busy, workers), serving))).plan)).toEqual([]);
    const both = [
      ...workers.with(5, {pid: 105, name: 'VLLM::Worker_TP5', usedBytes: 90_000 * 1024 ** 2, gpuUuid: 'GPU-5'}),
      {pid: 4242, name: 'python3', usedBytes: 40_000 * 1024 ** 2, gpuUuid: 'GPU-5'},
    ];
    expect(takenOf((await planOn(busy, both, previewOn(reading(busy, both), serving))).plan)).toMatchObject([
      {cards: [{index: 5, holders: [{pid: 4242}]}]},
    ]);
  });

  test('whose use cannot be judged are planned, with the reason', async () => {
    const failed = () => Promise.resolve(err({code: 'journal.unusable', message: 'No journal.', remedy: 'Fix it.'}));
    const {plan} = await planOn(eight('NVIDIA H200', 143_771), [], failed);
    expect(plan.findings.filter(({code}) => code === UNCHECKED)).toMatchObject([{severity: 'warning'}]);
  });

  test('that are idle are not mentioned', async () => {
    const {plan} = await planOn(eight('NVIDIA H200', 143_771, 500));
    expect(takenOf(plan)).toEqual([]);
  });

  test('that cannot be read are an error that asks for --gpus', () => {
    const none = hostNode({inventory: null, findings: [], stuck: null, isWhole: true}, false);
    expect(none).toMatchObject({ok: false, error: {code: 'usage.no-cards'}});
    if (!none.ok) expect(none.error.remedy).toContain('--gpus 8xH200');
  });
});

test('from the catalog state the source of their size, and how many machines they need', () => {
  const node = catalogNode('2x8xH100');
  expect(node).toMatchObject({ok: true, value: {node: {gpuCount: 16, hostCount: 2}, findings: []}});
  if (node.ok) expect(node.value.remarks).toEqual(['in 2 machines', 'catalog']);
  const remarksOf = (spec: string) => {
    const chosenNode = catalogNode(spec);
    return chosenNode.ok ? chosenNode.value.remarks : [];
  };
  expect(remarksOf('1xGH200')).toEqual(['catalog', '97,871 MiB; there is also GH200 144G HBM3e']);
  expect(remarksOf('2x8xGH200-144GB')).toEqual(['in 2 machines', 'catalog']);
  expect(remarksOf('1xGB10')).toEqual(['catalog', 'unified memory, shared with the host']);
  expect(catalogNode('8xH300')).toMatchObject({ok: false, error: {code: 'usage.gpus'}});
});
