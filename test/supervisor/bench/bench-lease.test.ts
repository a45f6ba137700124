import {beforeEach, describe, expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {BenchLease} from '../../../src/supervisor/bench/bench-lease.ts';

const bench = {pid: 10, startTimeTicks: '1'};
const other = {pid: 11, startTimeTicks: '2'};
const counted = (promptTokensTotal: number, runningRequests = 0, monotonicMs = 0) => ({
  stamp: {monotonicMs, sampledAtMs: 0},
  promptTokensTotal,
  generationTokensTotal: 0,
  runningRequests,
});

let alive: Set<number>;
let lease: BenchLease;
beforeEach(() => {
  alive = new Set([10, 11]);
  lease = new BenchLease({isAlive: ({pid}) => alive.has(pid), nowMs: () => 5_000});
});

describe('the lease of a benchmark', () => {
  test('belongs to one process, which may take it again', () => {
    expect(lease.isHeld()).toBe(false);
    expect(lease.take(bench)).toEqual({ok: true, value: {lastBenchUntilMs: null}});
    expect(lease.take(bench).ok).toBe(true);
    expect(lease.take(other)).toMatchObject({ok: false, error: {code: 'bench.already-running'}});
    expect(lease.isHeld()).toBe(true);
  });

  test('is held while its process runs, however quiet the engine is', () => {
    lease.take(bench);
    for (let reading = 0; reading < 5; reading += 1) lease.onMetrics(counted(7));
    expect(lease.isHeld()).toBe(true);
  });

  test('ends after its process, when nothing runs and two readings are the same', () => {
    lease.take(bench);
    lease.onMetrics(counted(7, 3));
    alive.delete(10);
    lease.onMetrics(counted(7, 3));
    lease.onMetrics(counted(9));
    expect(lease.isHeld()).toBe(true);
    lease.onMetrics(counted(9));
    expect(lease.isHeld()).toBe(false);
    expect(lease.take(other)).toEqual({ok: true, value: {lastBenchUntilMs: 5_000}});
  });

  test('ends at the first page after a long silence: that of the next run', () => {
    lease.take(bench);
    lease.onMetrics(counted(7, 3, 1_000));
    alive.delete(10);
    lease.onMetrics(counted(8, 3, 2_000));
    expect(lease.isHeld()).toBe(true);
    lease.onMetrics(counted(2, 1, 60_000));
    expect(lease.isHeld()).toBe(false);
  });

  test('goes to the next process after one that was killed, also before the engine is quiet', () => {
    lease.take(bench);
    lease.onMetrics(counted(7, 3));
    alive.delete(10);
    expect(lease.take(other)).toEqual({ok: true, value: {lastBenchUntilMs: 5_000}});
    expect(lease.isHeld()).toBe(true);
  });

  test('an engine that does not tell its counters is quiet when nothing of them changes', () => {
    lease.take(bench);
    alive.delete(10);
    const untold = {
      ...counted(0),
      runningRequests: absent('?'),
      promptTokensTotal: absent('?'),
      generationTokensTotal: 3,
    };
    lease.onMetrics(untold);
    lease.onMetrics({...untold, generationTokensTotal: 4});
    expect(lease.isHeld()).toBe(true);
    lease.onMetrics({...untold, generationTokensTotal: 4});
    expect(lease.isHeld()).toBe(false);
  });

  test('a dry run says whether it could be had, and takes nothing', () => {
    expect(lease.take({...bench, dryRun: true})).toEqual({ok: true, value: {lastBenchUntilMs: null}});
    expect(lease.isHeld()).toBe(false);
    lease.take(bench);
    expect(lease.take({...other, dryRun: true})).toMatchObject({ok: false, error: {code: 'bench.already-running'}});
    alive.delete(10);
    expect(lease.take({...other, dryRun: true})).toEqual({ok: true, value: {lastBenchUntilMs: 5_000}});
    expect(lease.kept?.owner).toEqual(bench);
  });

  test('ends on a node that clients never leave quiet, soon after its process', () => {
    lease.take(bench);
    const serve = (fromMs: number, toMs: number) => {
      for (let atMs = fromMs; atMs <= toMs; atMs += 1_000) lease.onMetrics(counted(100 + atMs, 3, atMs));
    };
    serve(0, 40_000);
    alive.delete(10);
    serve(41_000, 61_000);
    expect(lease.isHeld()).toBe(true);
    serve(62_000, 62_000);
    expect(lease.isHeld()).toBe(false);
  });

  test('ends when its process does not renew it, as one that is stopped, and returns with it', () => {
    lease.take(bench);
    for (let atMs = 0; atMs <= 60_000; atMs += 1_000) lease.onMetrics(counted(7, 0, atMs));
    expect(lease.isHeld()).toBe(true);
    lease.take(bench);
    for (let atMs = 61_000; atMs <= 121_000; atMs += 1_000) lease.onMetrics(counted(7, 0, atMs));
    expect(lease.isHeld()).toBe(true);
    lease.onMetrics(counted(7, 0, 122_000));
    expect(lease.isHeld()).toBe(false);
    lease.take(bench);
    expect(lease.isHeld()).toBe(true);
  });

  test('a process that does not exist does not get it', () => {
    expect(lease.take({pid: 99, startTimeTicks: '1'})).toMatchObject({ok: false, error: {code: 'bench.no-process'}});
    expect(lease.isHeld()).toBe(false);
  });

  test('has room for what its requests can have used, and for what the one before has left running', () => {
    const tokens = (count: number) => ({promptTokens: 10 * count, generatedTokens: count});
    expect(lease.leftTokens).toEqual(tokens(0));
    lease.take({...bench, mostTokens: tokens(5)});
    lease.onBooked(tokens(2));
    expect(lease.leftTokens).toEqual(tokens(3));
    lease.take({...bench, mostTokens: tokens(9)});
    expect(lease.leftTokens).toEqual(tokens(7));
    alive.delete(10);
    lease.take({...other, mostTokens: tokens(1)});
    lease.onBooked(tokens(6));
    lease.take({...other, mostTokens: tokens(4)});
    expect(lease.leftTokens).toEqual(tokens(5));
    lease.onBooked(tokens(99));
    expect(lease.leftTokens).toEqual(tokens(0));
    lease.take(other);
    expect(lease.leftTokens).toBeNull();
  });
});
