import {beforeEach, expect, test, vi} from 'vitest';
import type {KernelMessage} from '../../src/domain/diagnosis/kernel/kernel-cause.ts';
import {absent, type Reading} from '../../src/samples/reading.ts';
import {followDriverLog} from '../../src/supervisor/follow-driver-log.ts';

let log: Reading<readonly KernelMessage[]>;
let turn: () => Promise<void> = () => Promise.resolve();
let reads = 0;
let asked: NodeJS.ProcessEnv = {};
vi.mock('../../src/sources/host/kernel-log.ts', () => ({
  DMESG_VARIABLE: 'GANTRY_DMESG',
  readKernelLog: (environment: NodeJS.ProcessEnv) => {
    reads += 1;
    asked = environment;
    return Promise.resolve(log);
  },
}));
vi.mock('../../src/supervisor/watch/every.ts', () => ({
  every: (_intervalMs: number, task: () => Promise<void>) => {
    turn = task;
    return () => undefined;
  },
}));

beforeEach(() => {
  reads = 0;
});

test('messages about GPUs are passed on; a log that may not be read is tried again ten minutes later', async () => {
  let nowMs = 1_000_000;
  const seen: unknown[] = [];
  const clock = {nowMs: () => nowMs, monotonicMs: () => nowMs};
  followDriverLog({environment: {}, simulatedNode: null, clock, onMessages: (messages) => seen.push(messages)});
  log = [{ageMs: 4_000, text: 'NVRM: Xid (PCI:0000:1b:00): 48, pid=1'}];
  await turn();
  expect(seen).toMatchObject([[{atMs: 996_000, pciBusId: '0000:1b:00', fault: {xid: 48}}]]);
  log = absent('this user may not read the kernel log');
  await turn();
  await turn();
  expect(seen.at(-1)).toEqual(log);
  expect(reads).toBe(2);
  nowMs += 600_000;
  await turn();
  expect(reads).toBe(3);
});

test('a simulated node has a kernel log of its own, and this host has no part in it', async () => {
  const clock = {nowMs: () => 0, monotonicMs: () => 0};
  log = [];
  followDriverLog({environment: {PATH: '/bin'}, simulatedNode: '/run/node', clock, onMessages: () => undefined});
  await turn();
  expect(asked).toEqual({PATH: '/bin', GANTRY_DMESG: '/run/node/dmesg'});
});
