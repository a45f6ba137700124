import {beforeEach, expect, test, vi} from 'vitest';
import type {KernelLog} from '../../src/sources/host/kernel-log.ts';
import {followDriverLog} from '../../src/supervisor/follow-driver-log.ts';

let log: KernelLog;
let turn: () => Promise<void> = () => Promise.resolve();
let reads = 0;
vi.mock('../../src/sources/host/kernel-log.ts', () => ({
  readKernelLog: () => {
    reads += 1;
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

let nowMs = 1_000_000;
let seen: unknown[] = [];
function follow(): void {
  seen = [];
  const clock = {nowMs: () => nowMs, monotonicMs: () => nowMs};
  followDriverLog({environment: {}, clock, onMessages: (messages) => seen.push(messages)});
}
const xid: KernelLog = {kind: 'read', messages: [{ageMs: 4_000, text: 'NVRM: Xid (PCI:0000:1b:00): 48, pid=1'}]};

test('messages about GPUs are passed on; a log that may not be read is tried again ten minutes later', async () => {
  follow();
  log = xid;
  await turn();
  expect(seen).toMatchObject([[{atMs: 996_000, pciBusId: '0000:1b:00', fault: {xid: 48}}]]);
  log = {kind: 'refused', reason: 'this user may not read the kernel log'};
  await turn();
  await turn();
  expect(seen.at(-1)).toEqual({absent: log.reason});
  expect(reads).toBe(2);
  nowMs += 600_000;
  await turn();
  expect(reads).toBe(3);
});

test('a log that was cleared or could not be read once leaves the messages as they are, and is read again soon', async () => {
  follow();
  log = xid;
  await turn();
  log = {kind: 'failed', reason: 'dmesg did not end within 3 s'};
  await turn();
  log = {kind: 'read', messages: []};
  await turn();
  expect(reads).toBe(3);
  expect(seen).toHaveLength(1);
});

test('without earlier messages the reason of a failure is passed on, and that a clean log has none', async () => {
  follow();
  log = {kind: 'failed', reason: 'dmesg was not found'};
  await turn();
  log = {kind: 'read', messages: []};
  await turn();
  expect(seen).toEqual([{absent: 'dmesg was not found'}, []]);
});

test('messages of unknown age are not passed on, but that they are of unknown age', async () => {
  follow();
  log = {kind: 'read', messages: [{ageMs: null, text: 'NVRM: Xid (PCI:0000:1b:00): 48, pid=1'}]};
  await turn();
  expect(seen).toEqual([{absent: expect.stringContaining('not of the clock of this host')}]);
});
