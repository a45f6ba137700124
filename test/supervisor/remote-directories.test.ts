import {expect, test} from 'vitest';
import {reportRemoteDirectories} from '../../src/supervisor/remote-directories.ts';
import type {Observation} from '../../src/supervisor/snapshot/observation.ts';

const EXT4 = 0xef53;
const directories = {
  configDir: '/c',
  stateDir: '/home/kim/.local/state/gantry',
  dataDir: '/home/kim/.local/share/gantry',
  runtimeDir: '/run/user/1000/gantry',
  socketPath: '/run/user/1000/gantry/gantry.sock',
};

/** What is reported if these directories are on file systems of these types, and all others on ext4. */
async function reported(types: Readonly<Record<string, number>>, change: Partial<typeof directories> = {}) {
  const seen: Observation[] = [];
  await reportRemoteDirectories(
    {...directories, ...change},
    (observation) => seen.push(observation),
    (directory) => Promise.resolve({type: types[directory] ?? EXT4}),
  );
  return seen.flatMap((one) => (one.type === 'own-finding' ? [one.finding] : []));
}

test.each([
  ['NFS', 0x6969],
  ['SMB', 0xfe534d42],
  ['CIFS', 0xff534d42],
  ['CIFS', 0xff534d42 - 2 ** 32],
  ['FUSE', 0x65735546],
  ['9P', 0x01021997],
  ['Ceph', 0x00c36400],
  ['Lustre', 0x0bd00bd0],
])('a directory on %s is reported with the variable that moves it', async (kind, type) => {
  const [finding, ...others] = await reported({[directories.stateDir]: type});
  expect(others).toEqual([]);
  expect(finding).toMatchObject({code: 'supervisor.directory-remote', severity: 'warning'});
  expect(finding?.message).toContain(`The state directory ${directories.stateDir} is on`);
  expect(finding?.message).toContain(`stop answering: ${kind}`);
  expect(finding?.remedy).toContain('set GANTRY_STATE_DIR to');
});

test.each([
  ['ext4', EXT4],
  ['tmpfs', 0x01021994],
  ['xfs', 0x58465342],
  ['overlay', 0x794c7630],
  ['zfs', 0x2fc12fc1],
])('a directory on %s is in order', async (_, type) => {
  const {stateDir, dataDir, runtimeDir} = directories;
  expect(await reported({[stateDir]: type, [dataDir]: type, [runtimeDir]: type})).toEqual([]);
});

test('each directory is reported once, also if it is two of them', async () => {
  const {stateDir, dataDir} = directories;
  const both = await reported({[stateDir]: 0x6969, [dataDir]: 0x6969}, {runtimeDir: stateDir});
  expect(both.map(({remedy}) => /set (\w+) to/.exec(remedy)?.[1])).toEqual(['GANTRY_STATE_DIR', 'GANTRY_DATA_DIR']);
});

test('a file system that cannot be asked, or never answers, is no finding and holds up no other', async () => {
  const seen: Observation[] = [];
  const never = Promise.withResolvers<{readonly type: number}>();
  const report = reportRemoteDirectories(
    directories,
    (observation) => seen.push(observation),
    async (directory) => {
      if (directory === directories.stateDir) return never.promise;
      if (directory === directories.runtimeDir) throw new Error('ESTALE');
      return await Promise.resolve({type: 0x6969});
    },
  );
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  expect(seen).toMatchObject([{type: 'own-finding', finding: {message: expect.stringContaining(directories.dataDir)}}]);
  never.resolve({type: EXT4});
  await report;
  expect(seen).toHaveLength(1);
});

test('a directory that does not exist is no finding', async () => {
  const seen: Observation[] = [];
  const nowhere = {...directories, stateDir: '/nowhere/state', dataDir: '/nowhere/data', runtimeDir: '/nowhere/run'};
  await reportRemoteDirectories(nowhere, (observation) => seen.push(observation));
  expect(seen).toEqual([]);
});
