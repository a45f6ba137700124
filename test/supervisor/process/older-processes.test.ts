import {beforeEach, expect, test, vi} from 'vitest';
import type {ProcStat} from '../../../src/supervisor/process/proc-stat.ts';
import {readBootId} from '../../../src/supervisor/process/process-identity.ts';
import {ForeignProcesses, listSession} from '../../../src/supervisor/process/session.ts';

const COUNT = 3_000;
/** What a host with that many processes is asked, and how much of it between two turns of the event loop. */
const asked = {inodes: 0, inTurn: 0, mostInTurn: 0};
const read = (): void => {
  asked.inTurn += 1;
  asked.mostInTurn = Math.max(asked.mostInTurn, asked.inTurn);
};

vi.mock('../../../src/supervisor/process/proc-stat.ts', async (original) => {
  const statOf = (pid: number): ProcStat => {
    read();
    const stat = {pid, command: 'sh', state: 'S', parentPid: 1, sessionId: pid};
    return {...stat, startTimeTicks: '1', residentBytes: 0};
  };
  return {
    ...(await original<object>()),
    listPids: () => Array.from({length: COUNT}, (_, index) => index + 1),
    // The shim of the run has exited.
    readProcStatSync: (pid: number) => (pid > COUNT ? null : statOf(pid)),
    readStartTimeTicks: (pid: number) => statOf(pid).startTimeTicks,
    readInode: (pid: number) => {
      read();
      asked.inodes += 1;
      return pid;
    },
  };
});

const run = {
  runId: 'r',
  pid: COUNT + 1,
  sessionId: COUNT + 1,
  startTimeTicks: '1000',
  bootId: readBootId(),
  startedAtMs: 0,
  directory: '/nowhere',
};

beforeEach(() => {
  Object.assign(asked, {inodes: 0, inTurn: 0, mostInTurn: 0});
});

/** Lists the run while other work of the loop has its turns. */
async function list(foreign?: ForeignProcesses): Promise<void> {
  let isDone = false;
  const listing = listSession(run, foreign).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    asked.inTurn = 0;
  }
  expect(await listing).toEqual([]);
}

test('a listing that keeps nothing notes no older process', async () => {
  await list();
  expect(asked.inodes).toBe(0);
});

test('one that is kept notes them, and asks again only whether they are the same', async () => {
  const foreign = new ForeignProcesses();
  await list(foreign);
  expect([foreign.isOlder(1), foreign.isOlder(COUNT), foreign.isOlder(COUNT + 1)]).toEqual([true, true, false]);
  Object.assign(asked, {inodes: 0, inTurn: 0, mostInTurn: 0});
  await list(foreign);
  expect(asked.inodes).toBe(COUNT);
});

test('thousands of older processes are noted, and asked for, in turns', async () => {
  const foreign = new ForeignProcesses();
  await list(foreign);
  expect(asked.mostInTurn).toBeLessThan(300);
  asked.mostInTurn = 0;
  await list(foreign);
  expect(asked.mostInTurn).toBeLessThan(300);
});
