import {describe, expect, test} from 'vitest';
import {answerPlan} from '../../../src/cli/planning/plan-answer.ts';
import {catalogNode, hostNode} from '../../../src/cli/planning/plan-node.ts';
import {rowsText} from '../../../src/cli/print-rows.ts';
import {memoryPlanSchema} from '../../../src/domain/memory/plan/memory-plan.ts';
import type {GpuProcessSample, GpuSample} from '../../../src/samples/gpu.ts';
import {absent} from '../../../src/samples/reading.ts';
import {ok} from '../../../src/shared/result.ts';
import {buildGpu} from '../../../src/sources/nvidia-smi/parse/build-gpu.ts';
import type {GpuReading} from '../../../src/sources/nvidia-smi/read-gpus-once.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {planWorld} from './plan-world.ts';

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

async function planOn(gpus: readonly GpuSample[], processes?: readonly GpuProcessSample[]) {
  const node = chosen(gpus, processes);
  const answer = await answerPlan(planWorld({readHost: () => Promise.resolve(ok(node))}), {settings: {}});
  if (!answer.ok) throw new Error(answer.error.error.message);
  const {schemaVersion: _, ...plan} = {schemaVersion: 1, ...answer.value.document};
  const text = rowsText(answer.value.rows({columns: 80, glyphs: asciiGlyphs}), {hasColors: false}, {});
  return {plan: memoryPlanSchema.parse(plan), text};
}

describe('the cards of this host', () => {
  test('override the catalog, whose value is shown next to that of nvidia-smi', () => {
    expect(chosen(eight('NVIDIA H200', 143_771)).remarks).toEqual(['nvidia-smi says 143,771 MiB, catalog 143,771']);
    const less = chosen(eight('NVIDIA H200', 143_000));
    expect(less.remarks).toEqual(['nvidia-smi says 143,000 MiB, catalog 143,771, a difference of -771 MiB']);
    expect(less.node.card.nvmlBytes).toBe(143_000 * 1024 ** 2);
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

  test('that another process uses are reported, with the process and the free memory', async () => {
    const processes = [{pid: 4242, name: 'python3', usedBytes: 40_000 * 1024 ** 2, gpuUuid: 'GPU-2'}];
    const busy = eight('NVIDIA H200', 143_771).with(2, card(2, 'NVIDIA H200', 143_771, 40_000));
    const finding = (await planOn(busy, processes)).plan.findings.find(({code}) => code === 'memory.cards-in-use');
    expect(finding).toMatchObject({severity: 'warning', evidence: 'pid 4242 python3'});
    expect(finding?.message).toBe(
      '1 of 8 GPUs are in use, up to 39.1 GiB; GPU 2 has 101.3 GiB free, this launch needs 125.8 GiB.',
    );
  });

  test('that are idle are not mentioned', async () => {
    const {plan} = await planOn(eight('NVIDIA H200', 143_771, 500));
    expect(plan.findings.map(({code}) => code)).not.toContain('memory.cards-in-use');
  });

  test('that cannot be read are an error that asks for --gpus', () => {
    const none = hostNode({inventory: null, findings: [], stuck: null, isWhole: true}, false);
    expect(none).toMatchObject({ok: false, error: {code: 'usage.no-cards'}});
    if (!none.ok) expect(none.error.remedy).toContain('--gpus 8xH200');
  });
});

test('from the catalog state the source of their size, and how many machines they need', () => {
  const node = catalogNode('2x8xH100');
  expect(node).toMatchObject({ok: true, value: {node: {gpuCount: 16, hostCount: 2}, uses: [], findings: []}});
  if (node.ok) expect(node.value.remarks).toEqual(['in 2 machines', 'catalog']);
  expect(catalogNode('8xH300')).toMatchObject({ok: false, error: {code: 'usage.gpus'}});
});
