import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {afterAll, beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import type {GpuProcessSample} from '../../../src/samples/gpu.ts';
import {OwnProcesses} from '../../../src/supervisor/process/own-processes.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';

const {directory, remove} = makeTemporaryDirectory('own-processes');
afterAll(remove);
mkdirSync(path.join(directory, 'runs', 'run-1'), {recursive: true});

/** Above every pid that a kernel gives. */
const NO_PROCESS = 4_194_400;

let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
});

function open(isContained = false): OwnProcesses {
  return new OwnProcesses({stateDir: directory, isContained, monotonicMs: () => nowMs});
}

/** A process that lives until the test ends, or is ended by it. */
function start(environment: NodeJS.ProcessEnv = {}, cwd = '/'): {readonly pid: number; readonly child: ChildProcess} {
  const child = spawn('sleep', ['1000'], {stdio: 'ignore', cwd, env: {PATH: process.env['PATH'], ...environment}});
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  if (child.pid === undefined) throw new Error('sleep did not start');
  return {pid: child.pid, child};
}

const listed = (...pids: readonly number[]): readonly GpuProcessSample[] =>
  pids.map((pid) => ({pid, name: 'python', usedBytes: 1, gpuUuid: 'GPU-0'}));

const nothing = (): Promise<void> => Promise.resolve();

async function pidsOf(own: OwnProcesses, pids: readonly number[], hasEngine = true, list = nothing) {
  return (await own.attribute(listed(...pids), hasEngine, list)).processes.map(({pid}) => pid);
}

describe('a process of the engine', () => {
  test('is its own until the driver no longer lists it, however long it is dead', async () => {
    const own = open();
    const {pid, child} = start();
    own.note([pid]);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    // Until its parent has collected it, a process that ended still has its pid.
    await exited;
    nowMs = 3_600_000;
    expect(await pidsOf(own, [pid])).toEqual([pid]);
    expect([...own.pids]).toEqual([pid]);
    await pidsOf(own, []);
    expect([...own.pids]).toEqual([]);
  });

  test('that runs and is not listed stays its own: it has freed its memory, or not used any yet', async () => {
    const own = open();
    const {pid} = start();
    own.note([pid]);
    await pidsOf(own, []);
    expect([...own.pids]).toEqual([pid]);
  });

  test('that has just been started is found by another look at the session', async () => {
    const own = open();
    const {pid} = start();
    let looks = 0;
    const list = (): Promise<void> => {
      looks += 1;
      own.note([pid]);
      return nothing();
    };
    await pidsOf(own, [pid], true, list);
    await pidsOf(own, [pid], true, list);
    expect([looks, [...own.pids]]).toEqual([1, [pid]]);
  });

  test.each([
    ['the mark of a run', {GANTRY_RUN_ID: 'run-1'}, '/'],
    ['the directory of a run', {}, path.join(directory, 'runs', 'run-1')],
  ])('of an earlier supervisor is identified by %s', async (_, environment, cwd) => {
    const own = open();
    const {pid} = start(environment, cwd);
    await pidsOf(own, [pid]);
    expect([...own.pids]).toEqual([pid]);
  });

  test('that exited between two looks is not foreign, unless the driver continues to list it', async () => {
    const own = open();
    expect(await pidsOf(own, [NO_PROCESS])).toEqual([]);
    nowMs = 14_999;
    expect(await pidsOf(own, [NO_PROCESS])).toEqual([]);
    nowMs = 15_000;
    expect(await pidsOf(own, [NO_PROCESS])).toEqual([NO_PROCESS]);
    expect([...own.pids]).toEqual([]);
  });
});

describe('a foreign process', () => {
  test('is one, also with the mark of a run that is not of this state directory', async () => {
    const own = open();
    const {pid} = start({GANTRY_RUN_ID: 'run-of-somebody-else'});
    expect(await pidsOf(own, [pid])).toEqual([pid]);
    expect([...own.pids]).toEqual([]);
  });

  test('that was shown without an engine stays shown when one starts', async () => {
    const own = open();
    expect(await pidsOf(own, [NO_PROCESS], false)).toEqual([NO_PROCESS]);
    expect(await pidsOf(own, [NO_PROCESS], true)).toEqual([NO_PROCESS]);
  });

  test('is not told in a namespace of its own before one process of the engine is listed', async () => {
    const own = open(true);
    const [engine, stranger] = [start(), start()];
    own.note([engine.pid]);
    const unseen = await own.attribute(listed(stranger.pid, NO_PROCESS), true, nothing);
    expect(unseen).toEqual({processes: [], isHidden: true});
    expect(await own.attribute([], false, nothing)).toEqual({processes: [], isHidden: true});
    expect(await pidsOf(own, [engine.pid, stranger.pid])).toEqual([engine.pid, stranger.pid]);
  });
});

test('each process has who runs it, and one that has ended a reason', async () => {
  const {pid} = start();
  const {processes} = await open().attribute(listed(pid, NO_PROCESS), false, nothing);
  const uid = process.geteuid?.();
  expect(processes.map(({owner}) => owner)).toMatchObject([{uid}, {absent: expect.stringMatching(/^no such process/)}]);
});
