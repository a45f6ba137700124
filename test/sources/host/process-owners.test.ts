import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import type {GpuProcessSample} from '../../../src/samples/gpu.ts';
import {effectiveUid, ProcessOwners, usersOf} from '../../../src/sources/host/process-owners.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const listed = (...pids: readonly number[]): readonly GpuProcessSample[] =>
  pids.map((pid) => ({pid, name: 'python', usedBytes: 1, gpuUuid: 'GPU-0'}));

/** Two directories of processes and a table of users, as a test fills them. */
function world(starts: Map<number, number>) {
  const directory = temporaryDirectory('process-owners');
  const usersFile = path.join(directory, 'passwd');
  writeFileSync(usersFile, 'root:x:0:0::/root:/bin/sh\nanna:x:1000:1000::/home/anna:/bin/sh\n');
  const procDirectories = ['proc', 'simulated'].map((name) => path.join(directory, name));
  const write = (pid: number, uid: number, cgroup: string, place = 0): void => {
    const own = path.join(procDirectories[place] ?? '', String(pid));
    mkdirSync(own, {recursive: true});
    writeFileSync(path.join(own, 'status'), `Name:\tpython\nUid:\t0\t${uid}\t0\t0\nGid:\t0\t0\t0\t0\n`);
    writeFileSync(path.join(own, 'cgroup'), cgroup);
  };
  const owners = new ProcessOwners({procDirectories, usersFile, startOf: (pid) => starts.get(pid) ?? null});
  const read = async (...pids: readonly number[]) => (await owners.named(listed(...pids))).map(({owner}) => owner);
  return {
    write,
    read,
    remove: (pid: number) => rmSync(path.join(procDirectories[0] ?? '', String(pid)), {recursive: true}),
  };
}

test('a process has the name of its effective user, or the number, and where it runs', async () => {
  const {write, read} = world(new Map([[7, 1]]));
  write(7, 1000, '0::/system.slice/vllm.service\n');
  write(8, 20_431, '0::/\n', 1);
  expect(await read(7, 8)).toEqual([
    {uid: 1000, user: 'anna', container: null, unit: 'vllm.service'},
    {uid: 20_431, user: null, container: null, unit: null},
  ]);
});

test('it is read once for a pid and its start, and again for another process with the pid', async () => {
  const starts = new Map([[7, 1]]);
  const {write, read} = world(starts);
  write(7, 1000, '0::/\n');
  await read(7);
  write(7, 0, '0::/\n');
  expect(await read(7)).toMatchObject([{user: 'anna'}]);
  starts.set(7, 2);
  expect(await read(7)).toMatchObject([{user: 'root'}]);
});

test('a process that is not to be seen has a reason in place of an owner', async () => {
  const {read} = world(new Map());
  expect(await read(9)).toMatchObject([{absent: expect.stringMatching(/^no such process in \/proc/)}]);
});

test('a user id is read from the field of its name alone, and a strange table gives no names', () => {
  expect(effectiveUid('Name:\tUid:\nUid:\t1\t2\t3\t4\n')).toBe(2);
  expect(effectiveUid('Name:\tUid: 1 2\n')).toHaveProperty('absent');
  expect(effectiveUid(`Uid:\t1\t${'9'.repeat(50)}\n`)).toHaveProperty('absent');
  const table = [
    'a:x:5:5',
    'b:x:5:5',
    '\u001b[31m:x:6:6',
    ' :x:7:7',
    'c:x:-1:1',
    'd',
    '::8:',
    `${'n'.repeat(99)}:x:9:9`,
  ];
  expect([...usersOf(table.join('\n'))]).toEqual([[5, 'a']]);
});
