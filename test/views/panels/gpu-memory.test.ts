import {describe, expect, test} from 'vitest';
import type {GpuView} from '../../../src/api/snapshot.ts';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {buildConsoleData, buildGpu, buildSnapshot, type DeepPartial} from '../../support/build-snapshot.ts';
import {pictureOf, viewOf} from '../draw.ts';

/** Eight cards, some of them not as they should be. */
function node(special: Readonly<Record<number, DeepPartial<GpuView>>> = {}): ConsoleData {
  const gpus = Array.from({length: 8}, (_, index) => buildGpu(index, special[index]));
  return buildConsoleData({snapshot: buildSnapshot({gpus})});
}

const stranger = {pid: 9911, name: 'python3', usedBytes: 4 * BYTES_PER_GIB, isOwn: false};

describe('the GPU memory panel', () => {
  test('has a line per card: use compared with budget and total, and the sensors', () => {
    expect(pictureOf('gpu-memory', node(), {columns: 56, rows: 9})).toMatchInlineSnapshot(`
      "
      [GPU memory]
       0 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  90 %  61 C  520 W
       1 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  91 %  62 C  524 W
       2 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  92 %  63 C  528 W
       3 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  93 %  64 C  532 W
       4 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  94 %  65 C  536 W
       5 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  95 %  66 C  540 W
       6 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  96 %  67 C  544 W
       7 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  97 %  68 C  548 W
      █ weights  ▓ KV cache  ▒ overhead  ░ free  │ budget
      "
    `);
  });

  test('names every fill of its bars, and none that they do not have', () => {
    const legendOf = (data: ConsoleData) => pictureOf('gpu-memory', data, {columns: 76, rows: 9}).split('\n').at(-2);
    expect(legendOf(node())).toMatch(/^█ weights {2}▓ KV cache {2}▒ overhead {2}░ free {2}│ budget/);
    const empty = {memoryUsedBytes: BYTES_PER_GIB};
    const idle = Object.fromEntries(Array.from({length: 8}, (_, index) => [index, empty]));
    expect(legendOf(node(idle))).toMatch(/^█ weights {2}░ free {2}│ budget/);
  });

  test('explains the mark of memory beyond the plan where there is some', () => {
    const {budget} = buildGpu(0);
    if (isAbsent(budget)) throw new Error('no budget');
    const beyond = (gib: number) =>
      node({2: {budget: {...budget, unexplainedBytes: budget.reserveBytes + gib * BYTES_PER_GIB}}});
    for (const columns of [36, 56]) {
      const legendAt = (gib: number) => pictureOf('gpu-memory', beyond(gib), {columns, rows: 10});
      expect(legendAt(1.1)).toMatch(/ 2!.*\n[\s\S]*▚ beyond plan/);
      expect(legendAt(1)).not.toContain('beyond plan');
    }
  });

  test('draws what other programs hold as theirs, not as the weights of the engine', () => {
    const {budget} = buildGpu(0);
    const taken = {memoryUsedBytes: 100 * BYTES_PER_GIB, budget: {...budget, othersBytes: 100 * BYTES_PER_GIB}};
    const [line] = pictureOf('gpu-memory', node({0: taken}), {columns: 56, rows: 9})
      .split('\n')
      .filter((row) => row.includes('100.0 /'));
    expect(line).toMatch(/^ 0[ !]*▄+░*│/);
    for (const columns of [36, 56]) {
      const panel = pictureOf('gpu-memory', node({0: taken}), {columns, rows: 10});
      expect(panel).toMatch(/▄ other programs/);
      expect(panel, 'nothing is beyond the plan').not.toMatch(/▚/);
      expect(pictureOf('gpu-memory', node(), {columns, rows: 10})).not.toMatch(/▄|other programs/);
    }
    const ascii = pictureOf('gpu-memory', node({0: taken}), {columns: 56, rows: 10}, {glyphs: asciiGlyphs});
    expect(ascii).toMatch(/ 0[ !]*@+\.*\|[\s\S]*@ other programs/);
  });

  test('what other programs hold and what the engine holds beyond its plan have different marks', () => {
    const {budget} = buildGpu(0);
    const both = {
      memoryUsedBytes: 140 * BYTES_PER_GIB,
      budget: {...budget, othersBytes: 4 * BYTES_PER_GIB, unexplainedBytes: 10 * BYTES_PER_GIB},
    };
    const panel = pictureOf('gpu-memory', node({0: both}), {columns: 70, rows: 9});
    expect(panel).toMatch(/ 0!█+▓+▒*│?▚+│?▄/);
    expect(panel).toMatch(/▚ beyond plan {2}▄ other programs/);
  });

  test('on a small terminal keeps the cards and shows the sensors once', () => {
    expect(pictureOf('gpu-memory', node(), {columns: 36, rows: 10})).toMatchInlineSnapshot(`
      "
      [GPU memory]
       0 ████████▓▓▓▓▓▒│ 130.0 / 140.4 GiB
       1 ████████▓▓▓▓▓▒│ 130.0 / 140.4 GiB
       2 ████████▓▓▓▓▓▒│ 130.0 / 140.4 GiB
       3 ████████▓▓▓▓▓▒│ 130.0 / 140.4 GiB
       4 ████████▓▓▓▓▓▒│ 130.0 / 140.4 GiB
       5 ████████▓▓▓▓▓▒│ 130.0 / 140.4 GiB
       6 ████████▓▓▓▓▓▒│ 130.0 / 140.4 GiB
       7 ████████▓▓▓▓▓▒│ 130.0 / 140.4 GiB
      █ weights  ▓ KV cache  │ budget
      busy 94 % · hottest 68 C
      "
    `);
  });

  test('puts several cards in a line if there are fewer lines than cards', () => {
    expect(pictureOf('gpu-memory', node({5: {fault: 'GPU is lost'}}), {columns: 76, rows: 4})).toMatchInlineSnapshot(`
      "
      [GPU memory]
      0  ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  1  ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB
      2  ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  3  ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB
      4  ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  5! GPU is lost
      6  ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  7  ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB
      "
    `);
    expect(pictureOf('gpu-memory', node(), {columns: 36, rows: 4})).toMatchInlineSnapshot(`
      "
      [GPU memory]
      0  ████▓▓▓│ 130.0  1  ████▓▓▓│ 130.0
      2  ████▓▓▓│ 130.0  3  ████▓▓▓│ 130.0
      4  ████▓▓▓│ 130.0  5  ████▓▓▓│ 130.0
      6  ████▓▓▓│ 130.0  7  ████▓▓▓│ 130.0
      "
    `);
  });

  test('sums up the cards if even that does not fit, faults first', () => {
    expect(pictureOf('gpu-memory', node({3: {fault: 'GPU is lost'}}), {columns: 46, rows: 3})).toMatchInlineSnapshot(`
      "
      [GPU memory]
      0  ███▓│ 130.0  1  ███▓│ 130.0  2  ███▓│ 130.0
      3! GPU is lost  4  ███▓│ 130.0  5  ███▓│ 130.0
      6  ███▓│ 130.0  7  ███▓│ 130.0
      "
    `);
    expect(pictureOf('gpu-memory', node(), {columns: 10, rows: 1})).toMatchInlineSnapshot(`
      "
      [GPU memory]
      93 % used
      "
    `);
  });

  test('of 64 cards shows every number whole, and names those with a mark where there is no room for a card each', () => {
    const gpus = Array.from({length: 64}, (_, index) => buildGpu(index, index === 37 ? {processes: [stranger]} : {}));
    const data = buildConsoleData({snapshot: buildSnapshot({gpus})});
    const picture = pictureOf('gpu-memory', data, {columns: 76, rows: 18});
    expect(picture.match(/│ +\d+\.\d\b/g)).toHaveLength(64);
    expect(picture).not.toContain('…');
    expect(picture).toContain('37!');
    expect(pictureOf('gpu-memory', data, {columns: 36, rows: 6})).toContain('unplanned use on 1 of 64: GPU 37!');
  });

  test('shows the driver’s text of a fault, and marks the card without color', () => {
    const data = node({3: {fault: 'GPU is lost'}, 6: {fault: 'not reported by nvidia-smi'}});
    const view = viewOf('gpu-memory', data, {columns: 56, rows: 9});
    expect(view.rows[3]).toEqual([
      {text: ' 3!', tone: 'critical'},
      {text: 'GPU is lost', tone: 'critical'},
    ]);
    expect(view.tone).toBe('critical');
    expect(pictureOf('gpu-memory', data, {columns: 56, rows: 9})).toContain(' 6!not reported by nvidia-smi');
  });

  test('shows a process that is not the engine’s before anything routine', () => {
    expect(pictureOf('gpu-memory', node({2: {processes: [stranger]}}), {columns: 56, rows: 9})).toMatchInlineSnapshot(`
      "
      [GPU memory]
       0 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  90 %  61 C  520 W
       1 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  91 %  62 C  524 W
       2!████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  92 %  63 C  528 W
            4.0 GiB python3 pid 9911, not part of the engine
       3 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  93 %  64 C  532 W
       4 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  94 %  65 C  536 W
       5 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  95 %  66 C  540 W
       6 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  96 %  67 C  544 W
       7 ████████▓▓▓▓▓▓▒│ 130.0 / 140.4 GiB  97 %  68 C  548 W
      "
    `);
  });

  test('shows MIG slices below their card', () => {
    const slice = {
      gpuInstanceId: 9,
      computeInstanceId: 0,
      memoryTotalBytes: 16 * BYTES_PER_GIB,
      memoryUsedBytes: 0,
      memoryFreeBytes: 16 * BYTES_PER_GIB,
    };
    expect(pictureOf('gpu-memory', node({0: {migInstances: [slice]}}), {columns: 56, rows: 12})).toContain(
      'MIG 9/0 0.0 / 16.0 GiB',
    );
  });

  test('never shows an unread card as idle', () => {
    const idle = node({
      0: {memoryUsedBytes: 0, utilizationRatio: 0},
      1: {memoryUsedBytes: absent('no'), utilizationRatio: absent('no')},
    });
    const [, first, second] = pictureOf('gpu-memory', idle, {columns: 70, rows: 9}).trim().split('\n');
    expect(first).toMatch(/0\.0 \/ 140\.4 GiB {3}0 %/);
    expect(second).toMatch(/– \/ 140\.4 GiB {5}–/);
  });

  test('draws use beyond the plan with its own fill', () => {
    const used = 139 * BYTES_PER_GIB;
    const leaking = node({0: {memoryUsedBytes: used, budget: {unexplainedBytes: 10 * BYTES_PER_GIB}}});
    expect(pictureOf('gpu-memory', leaking, {columns: 56, rows: 9})).toContain(' 0!████████▓▓▓▓▓▓│▚ 139.0');
    expect(pictureOf('gpu-memory', leaking, {columns: 56, rows: 9}, {glyphs: asciiGlyphs})).toContain(
      ' 0!########======|! 139.0',
    );
  });

  test('without cards says why', () => {
    const none = buildConsoleData({
      snapshot: buildSnapshot({
        gpus: [],
        sources: {gpus: {state: 'failed', ageMs: absent('never'), detail: 'nvidia-smi is not installed'}},
      }),
    });
    expect(pictureOf('gpu-memory', none, {columns: 40, rows: 5})).toContain('nvidia-smi is not installed');
  });
});
