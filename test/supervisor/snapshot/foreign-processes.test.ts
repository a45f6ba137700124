import {describe, expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {
  foreignBytes,
  foreignProcessFindings,
  largeHolders,
} from '../../../src/supervisor/snapshot/foreign-processes.ts';
import {buildGpu} from '../../support/build-snapshot.ts';

function gpu(index: number, ...processes: readonly {pid: number; gib: number; isOwn: boolean}[]) {
  return {
    ...buildGpu(index),
    processes: processes.map(({pid, gib, isOwn}) => ({pid, name: 'python', usedBytes: gib * BYTES_PER_GIB, isOwn})),
  };
}

describe('use of the cards by others', () => {
  test('is reported with its process, bytes and cards, once per process', () => {
    const gpus = [
      gpu(0, {pid: 41, gib: 120, isOwn: true}),
      gpu(5, {pid: 4711, gib: 4, isOwn: false}),
      gpu(6, {pid: 4711, gib: 2.1, isOwn: false}),
    ];
    const findings = foreignProcessFindings(gpus, new Set([41, 4711]), null);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      code: 'gpu.foreign-process',
      message: 'python (pid 4711) uses 6.10 GiB of GPUs 5, 6 and is not part of the engine.',
    });
  });

  test('is counted on the cards that the plan uses; unknown without a plan', () => {
    const unused = (index: number, gib: number) => ({
      ...gpu(index, {pid: 7, gib, isOwn: false}),
      budget: absent('not used by the engine'),
    });
    const planned = gpu(3, {pid: 7, gib: 2, isOwn: false});
    expect(planned.budget).not.toHaveProperty('absent');
    expect(foreignProcessFindings([planned, unused(7, 50)], new Set([7]), null)[0]?.details).toMatchObject({
      usedBytes: 52 * BYTES_PER_GIB,
      plannedBytes: 2 * BYTES_PER_GIB,
    });
    expect(foreignProcessFindings([unused(7, 50)], new Set([7]), null)[0]?.details).toMatchObject({plannedBytes: null});
  });

  test.each([
    {gpusPerGroup: 4, on: [2], expected: [0]},
    {gpusPerGroup: 4, on: [3, 5], expected: [1, 3]},
    {gpusPerGroup: 2, on: [5], expected: [3, 1]},
    {gpusPerGroup: 2, on: [2, 4], expected: [0, 2]},
    {gpusPerGroup: 4, on: [0], expected: []},
  ])('has the numbers that CUDA gives the GPUs $on in groups of $gpusPerGroup, from the GPU 2 on', (row) => {
    const holder = {pid: 7, gib: 9, isOwn: false};
    const gpus = [0, 1, 2, 3, 4, 5].map((index) => ({
      ...(row.on.includes(index) ? gpu(index, holder) : gpu(index)),
      ...(index < 2 ? {budget: absent('not used by the engine')} : {}),
    }));
    const planned = {neededBytes: 1, gpusPerGroup: row.gpusPerGroup};
    const [finding] = foreignProcessFindings(gpus, new Set([7]), planned);
    expect(finding?.details).toMatchObject({cudaNumbers: row.expected});
    expect(foreignProcessFindings(gpus, new Set([7]), null)[0]?.details).toMatchObject({cudaNumbers: null});
  });

  test.each<[string, number | null, RegExp]>([
    ['needs what is left and more', 138, /needs that memory/],
    ['needs no more than what is left', 137, /has room/],
    ['is not planned', null, /may need/],
  ])('its remedy says whether the next start %s', (_, neededGib, text) => {
    const total = 141 * BYTES_PER_GIB;
    const taken = {...gpu(0, {pid: 7, gib: 4, isOwn: false}), memoryTotalBytes: total};
    const own = {...gpu(1, {pid: 8, gib: 130, isOwn: true}), memoryTotalBytes: total};
    const needed = neededGib === null ? null : {neededBytes: neededGib * BYTES_PER_GIB, gpusPerGroup: 2};
    expect(foreignProcessFindings([taken, own], new Set([7, 8]), needed)[0]?.remedy).toMatch(text);
    const elsewhere = {...taken, budget: absent('not used by the engine')};
    if (needed !== null) {
      expect(foreignProcessFindings([elsewhere], new Set([7]), needed)[0]?.remedy).toMatch(/does not use/);
      const unread = {...taken, memoryTotalBytes: absent('lost')};
      expect(foreignProcessFindings([unread], new Set([7]), needed)[0]?.remedy).toMatch(/needs that memory/);
    }
  });

  test('is not reported for a monitor or a display', () => {
    expect(foreignProcessFindings([gpu(0, {pid: 9, gib: 0.1, isOwn: false})], new Set(), null)).toEqual([]);
  });

  test('does not come and go near the limit of 256 MiB, on all cards together', () => {
    const after = (before: readonly number[], ...mibs: readonly number[]): readonly number[] => [
      ...largeHolders(
        mibs.map((mib) => ({pid: 9, usedBytes: mib * BYTES_PER_MIB})),
        new Set(before),
      ),
    ];
    expect(after([], 255)).toEqual([]);
    expect(after([], 128, 128)).toEqual([9]);
    expect(after([9], 205)).toEqual([9]);
    expect(after([9], 204)).toEqual([]);
    expect([...largeHolders([{pid: 9, usedBytes: absent('not permitted')}], new Set([9]))]).toEqual([]);
  });

  test('is summed by card; unknown values count as zero', () => {
    expect(foreignBytes(gpu(0, {pid: 1, gib: 2, isOwn: false}, {pid: 2, gib: 9, isOwn: true}))).toBe(2 * BYTES_PER_GIB);
    expect(foreignBytes({...buildGpu(0), processes: absent('not read')})).toBe(0);
  });
});
