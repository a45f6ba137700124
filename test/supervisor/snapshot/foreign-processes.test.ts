import {describe, expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {foreignBytes, foreignProcessFindings} from '../../../src/supervisor/snapshot/foreign-processes.ts';
import {buildGpu} from '../../support/build-snapshot.ts';

function gpu(index: number, ...processes: readonly {pid: number; gib: number; isOwn: boolean}[]) {
  return {
    ...buildGpu(index),
    processes: processes.map(({pid, gib, isOwn}) => ({pid, name: 'python', usedBytes: gib * BYTES_PER_GIB, isOwn})),
  };
}

describe('use of the cards by others', () => {
  test('is reported with its process, bytes and cards, once per process', () => {
    const findings = foreignProcessFindings([
      gpu(0, {pid: 41, gib: 120, isOwn: true}),
      gpu(5, {pid: 4711, gib: 4, isOwn: false}),
      gpu(6, {pid: 4711, gib: 2.1, isOwn: false}),
    ]);
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
    expect(foreignProcessFindings([planned, unused(7, 50)])[0]?.details).toMatchObject({
      usedBytes: 52 * BYTES_PER_GIB,
      plannedBytes: 2 * BYTES_PER_GIB,
    });
    expect(foreignProcessFindings([unused(7, 50)])[0]?.details).toMatchObject({plannedBytes: null});
  });

  test('is not reported for a monitor or a display', () => {
    expect(foreignProcessFindings([gpu(0, {pid: 9, gib: 0.1, isOwn: false})])).toEqual([]);
  });

  test('is summed by card; unknown values count as zero', () => {
    expect(foreignBytes(gpu(0, {pid: 1, gib: 2, isOwn: false}, {pid: 2, gib: 9, isOwn: true}))).toBe(2 * BYTES_PER_GIB);
    expect(foreignBytes({...buildGpu(0), processes: absent('not read')})).toBe(0);
  });
});
