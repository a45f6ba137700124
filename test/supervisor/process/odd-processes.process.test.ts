import {readFileSync} from 'node:fs';
import {afterAll, describe, expect, test} from 'vitest';
import {OwnProcesses} from '../../../src/supervisor/process/own-processes.ts';
import {readProcStatSync, readZombiesOf} from '../../../src/supervisor/process/proc-stat.ts';
import {readShim} from '../../../src/supervisor/process/process-identity.ts';
import {RUN_ID_VARIABLE} from '../../../src/supervisor/process/run-mark.ts';
import {
  ForeignProcesses,
  killSession,
  listSession,
  terminateLeader,
  waitUntilGone,
} from '../../../src/supervisor/process/session.ts';
import {hangEvidence} from '../../../src/supervisor/watch/hang-evidence.ts';
import {eventually} from '../../harness/eventually.ts';
import {isAlive, startProcess} from '../../harness/processes.ts';
import {startWithPid} from '../../harness/reused-pid.ts';
import {createBench, exitOf, fake} from './process-bench.ts';

const bench = createBench();
afterAll(() => bench.clean());

const AT_ONCE = {timeoutMs: 10_000, pollMs: 20};

/** An engine that starts a worker and never reaps it, with the pid of that one. */
async function withZombie() {
  const run = await bench.spawn('/bin/sh', ['-c', 'sleep 0.05 & exec sleep 600']);
  const zombie = await eventually(async () => (await readZombiesOf(new Set([run.pid])))[0] ?? null, 'a zombie');
  return {run, zombie};
}

describe('a worker that has exited and is never reaped', () => {
  test('is no process of the run, and does not hold up a stop', async () => {
    const {run, zombie} = await withZombie();
    expect(readFileSync(`/proc/${zombie}/stat`, 'utf8')).toContain(') Z ');
    expect((await listSession(run)).map(({pid}) => pid)).not.toContain(zombie);
    terminateLeader(run);
    expect(await waitUntilGone(run, AT_ONCE)).toEqual([]);
    expect(await exitOf(run)).toEqual({status: 143});
  });

  test('is named in the evidence of a hang', async () => {
    const {run, zombie} = await withZombie();
    const pids = new Set((await listSession(run)).map(({pid}) => pid));
    const {evidence} = await hangEvidence({pids, lastLine: null, environment: process.env, cards: []});
    expect(evidence).toContain(`(pid ${zombie}) has exited and was not reaped`);
    expect(await killSession(run)).toEqual([]);
  });
});

test('an engine whose exit nothing can record, because its session leader is stopped, has ended nonetheless', async () => {
  const run = await bench.spawn(fake('engine-steady.sh'));
  process.kill(run.sessionId, 'SIGSTOP');
  process.kill(run.pid, 'SIGKILL');
  expect(await exitOf(run)).toEqual({status: null});
  expect((await listSession(run)).map(({pid}) => pid)).toEqual([run.sessionId]);
  expect(await killSession(run)).toEqual([]);
});

describe('a pid that another program has got since', () => {
  test.each([
    ['the engine', 'pid'],
    ['the session leader', 'sessionId'],
  ] as const)('is not taken for %s, and not touched by a stop', async (_, key) => {
    const run = await bench.spawn(fake('engine-steady.sh'));
    await killSession(run);
    const stranger = startProcess('sleep', ['600']);
    await eventually(() => isAlive(stranger.pid), 'the other program');
    const reused = {...run, [key]: stranger.pid};
    expect(await listSession(reused)).toEqual([]);
    if (key === 'sessionId') expect(readShim(reused)).toBeNull();
    terminateLeader(reused);
    expect(await killSession(reused)).toEqual([]);
    expect(isAlive(stranger.pid)).toBe(true);
  });
});

test('a process that was found to be foreign is looked at again once it is another program', async () => {
  const run = await bench.spawn(fake('engine-steady.sh'));
  const text = `read -r line; ${RUN_ID_VARIABLE}=${run.runId} exec sleep 600`;
  const other = startProcess('/bin/sh', ['-c', text]);
  const foreign = new ForeignProcesses();
  const listed = async () => (await listSession(run, foreign)).map(({pid}) => pid);
  await eventually(() => readProcStatSync(other.pid)?.command === 'sh', 'the shell');
  for (let count = 0; count < 3; count += 1) expect(await listed()).not.toContain(other.pid);
  const stat = readProcStatSync(other.pid);
  expect(stat !== null && foreign.has(stat)).toBe(true);
  other.child.stdin?.write('go\n');
  await eventually(async () => (await listed()).includes(other.pid), 'the process with the mark of the run');
  expect(await killSession(run)).toEqual([]);
});

test('a process that is older than the run is not looked at each time, and a younger one is', async () => {
  const older = startProcess('sleep', ['600']);
  await eventually(() => isAlive(older.pid), 'a process');
  const [born] = readFileSync('/proc/uptime', 'utf8').split(' ');
  // The kernel counts start times in hundredths of a second.
  await eventually(() => readFileSync('/proc/uptime', 'utf8').split(' ')[0] !== born, 'another start time');
  const run = await bench.spawn(fake('engine-steady.sh'));
  const younger = startProcess('sleep', ['600']);
  await eventually(() => isAlive(younger.pid), 'another process');
  const foreign = new ForeignProcesses();
  const listed = (await listSession(run, foreign)).map(({pid}) => pid);
  expect(listed).toContain(run.pid);
  expect([older.pid, younger.pid, run.pid].map((pid) => foreign.isOlder(pid))).toEqual([true, false, false]);
  // The engine also starts and ends a process every 50 ms.
  const again = (await listSession(run, foreign)).map(({pid}) => pid);
  expect(again).toEqual(expect.arrayContaining([run.sessionId, run.pid]));
  expect(again).not.toContain(older.pid);
  expect(await killSession(run)).toEqual([]);
});

test('a worker that gets the pid of an exited process from before the run is found immediately', async (context) => {
  const older = startProcess('sleep', ['600']);
  await eventually(() => isAlive(older.pid), 'a process');
  const [born] = readFileSync('/proc/uptime', 'utf8').split(' ');
  await eventually(() => readFileSync('/proc/uptime', 'utf8').split(' ')[0] !== born, 'another start time');
  const run = await bench.spawn(fake('engine-steady.sh'));
  const foreign = new ForeignProcesses();
  expect((await listSession(run, foreign)).map(({pid}) => pid)).not.toContain(older.pid);
  expect(foreign.isOlder(older.pid)).toBe(true);
  older.child.kill('SIGKILL');
  await older.ended;
  if (startWithPid(older.pid, {[RUN_ID_VARIABLE]: run.runId}) === null) context.skip();
  expect((await listSession(run, foreign)).map(({pid}) => pid)).toContain(older.pid);
  expect(await killSession(run)).toEqual([]);
});

test('the pid of an exited worker that another program gets is foreign again', async (context) => {
  const worker = startProcess('sleep', ['600']);
  const own = new OwnProcesses({stateDir: '/nowhere', isContained: false, monotonicMs: () => performance.now()});
  own.note([worker.pid]);
  const listed = [{pid: worker.pid, name: 'python', usedBytes: 1, gpuUuid: 'GPU-0'}];
  const foreign = () => own.attribute(listed, true, () => Promise.resolve());
  expect(await foreign()).toMatchObject({processes: listed});
  expect([...own.pids]).toEqual([worker.pid]);
  // The kernel counts start times in hundredths of a second: two in the same one cannot be distinguished.
  const [born] = readFileSync('/proc/uptime', 'utf8').split(' ');
  await eventually(() => readFileSync('/proc/uptime', 'utf8').split(' ')[0] !== born, 'another start time');
  worker.child.kill('SIGKILL');
  await worker.ended;
  if (startWithPid(worker.pid) === null) context.skip();
  await foreign();
  expect([...own.pids]).toEqual([]);
});

test('a stop does not touch a program that has got the pid of the engine and of its session leader', async (context) => {
  const run = await bench.spawn(fake('engine-steady.sh'));
  await killSession(run);
  const [engine, leader] = [startWithPid(run.pid), startWithPid(run.sessionId)];
  if (engine === null || leader === null) context.skip();
  expect(await listSession(run)).toEqual([]);
  terminateLeader(run);
  expect(await killSession(run)).toEqual([]);
  expect([isAlive(run.pid), isAlive(run.sessionId)]).toEqual([true, true]);
});
