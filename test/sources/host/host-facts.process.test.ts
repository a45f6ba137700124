import {statfs, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {parseLimits, readHostFacts} from '../../../src/sources/host/host-facts.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory('host');
});

const limits = `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max processes             127000               unlimited            processes
Max open files            1024                 524288               files
`;

test('the hard limits are read; unlimited is infinite', () => {
  expect(parseLimits(limits)).toEqual({openFiles: 524_288, processes: Number.POSITIVE_INFINITY});
  expect(parseLimits('nothing')).toEqual({absent: expect.any(String)});
});

test('disks are those of the nearest existing directory; a missing value has its reason', async () => {
  await writeFile(path.join(directory, 'limits'), limits);
  const places = {state: path.join(directory, 'not', 'yet', 'there'), model: directory, cache: directory};
  const facts = await readHostFacts(places, {
    sharedMemory: path.join(directory, 'no-shm'),
    limits: path.join(directory, 'limits'),
  });
  expect(facts.stateDisk).toEqual({path: places.state, freeBytes: expect.any(Number)});
  expect(facts.limits).toMatchObject({openFiles: 524_288});
  expect(facts.sharedMemoryBytes).toEqual({absent: expect.stringContaining('no-shm')});
});

test('the disk of a path that is below a file is unknown, with the reason', async () => {
  await writeFile(path.join(directory, 'file'), '');
  const model = path.join(directory, 'file', 'below');
  const {modelDisk} = await readHostFacts({state: '/', model, cache: '/'});
  expect(modelDisk).toEqual({path: model, freeBytes: {absent: expect.stringContaining('ENOTDIR')}});
});

test('this host can be read, in bytes', async () => {
  const facts = await readHostFacts({state: directory, model: '/', cache: '/'});
  const shared = await statfs('/dev/shm');
  expect(facts.sharedMemoryBytes).toBe(shared.blocks * shared.bsize);
  const disk = await statfs(directory);
  // Others write to this disk meanwhile.
  expect(Number(facts.stateDisk.freeBytes) / (disk.bavail * disk.bsize)).toBeCloseTo(1, 1);
  expect(facts.limits).toEqual({openFiles: expect.any(Number), processes: expect.any(Number)});
});
