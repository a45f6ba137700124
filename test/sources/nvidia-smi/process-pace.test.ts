import {expect, test} from 'vitest';
import type {GpuProcessSample} from '../../../src/samples/gpu.ts';
import {absent} from '../../../src/samples/reading.ts';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {ProcessPace} from '../../../src/sources/nvidia-smi/process-pace.ts';

const listed = (...pids: readonly number[]): readonly GpuProcessSample[] =>
  pids.map((pid) => ({pid, name: 'python', usedBytes: 1, gpuUuid: 'GPU-0'}));

/** A frame by the memory in use, MiB. */
const frameOf = (...used: readonly (number | null)[]) => ({
  gpus: used.map((mib) => ({memoryUsedBytes: mib === null ? absent('not read') : mib * BYTES_PER_MIB})),
});

/** A pace of four seconds, after two readings of the same list at 0 and 4 seconds. */
function settled(): ProcessPace {
  const pace = new ProcessPace(4_000);
  pace.onFrame(frameOf(1_000, 2_000));
  for (const atMs of [0, 4_000]) {
    pace.begin(atMs);
    pace.end(listed(7));
  }
  return pace;
}

test('the first list is read immediately, the second soon after it, and then rarely while nothing moves', () => {
  const pace = new ProcessPace(4_000);
  expect(pace.dueMs).toBe(Number.NEGATIVE_INFINITY);
  pace.onFrame(frameOf(1_000, 2_000));
  pace.begin(0);
  pace.end(listed(7));
  expect(pace.dueMs).toBe(4_000);
  expect(settled().dueMs).toBe(20_000);
});

test.each([
  ['a few MiB in use more', frameOf(1_000, 2_031), 20_000],
  ['a process that came', frameOf(1_000, 2_400), 8_000],
  ['a process that went', frameOf(600, 2_000), 8_000],
  ['a GPU that went', frameOf(1_000), 8_000],
])('%s makes the next reading due', (_, frame, dueMs) => {
  const pace = settled();
  expect(pace.onFrame(frame)).toBe(dueMs < 20_000);
  expect(pace.dueMs).toBe(dueMs);
  expect(pace.onFrame(frame)).toBe(false);
  // What had moved before a reading is in it.
  pace.begin(dueMs);
  pace.end(listed(7));
  expect(pace.dueMs).toBe(dueMs + 16_000);
});

test('memory that no frame has may have moved: the list is read as often as if it had', () => {
  const pace = settled();
  expect(pace.onFrame(frameOf(1_000, null))).toBe(true);
  pace.begin(8_000);
  pace.end(listed(7));
  expect(pace.dueMs).toBe(12_000);
});

test('memory that moves while the list is read is not in it', () => {
  const pace = settled();
  pace.begin(20_000);
  pace.onFrame(frameOf(1_400, 2_000));
  pace.end(listed(7));
  expect(pace.dueMs).toBe(24_000);
});

test.each([
  ['another process', listed(8)],
  ['one process more', listed(7, 8)],
  ['a list that could not be read', null],
])('after %s the next reading is soon', (_, processes) => {
  const pace = settled();
  pace.begin(20_000);
  pace.end(processes);
  expect(pace.dueMs).toBe(24_000);
});

test('a GPU without any process is read as rarely', () => {
  const pace = new ProcessPace(4_000);
  pace.onFrame(frameOf(10));
  for (const atMs of [0, 4_000]) {
    pace.begin(atMs);
    pace.end([]);
  }
  expect(pace.dueMs).toBe(20_000);
});
