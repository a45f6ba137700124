import {expect, test} from 'vitest';
import {type MountTable, mountTableOf} from '../../src/sources/file-systems/mount-table.ts';
import {type MountSource, reportRemoteDirectories} from '../../src/supervisor/remote-directories.ts';
import type {Observation} from '../../src/supervisor/snapshot/observation.ts';
import {mountInfo} from '../sources/file-systems/mount-info.ts';

const directories = {
  configDir: '/c',
  stateDir: '/home/kim/.local/state/gantry',
  dataDir: '/home/kim/.local/share/gantry',
  runtimeDir: '/run/user/1000/gantry',
  socketPath: '/run/user/1000/gantry/gantry.sock',
};

/** What is reported with these mounts, and no symbolic link. */
async function reported(table: MountTable, change: Partial<typeof directories & MountSource> = {}) {
  const seen: Observation[] = [];
  const source = {readTable: () => Promise.resolve(table), readLink: () => Promise.resolve(null), ...change};
  await reportRemoteDirectories({...directories, ...change}, (observation) => seen.push(observation), source);
  return seen.flatMap((one) => (one.type === 'own-finding' ? [one.finding] : []));
}

const homeOn = (type: string): MountTable =>
  mountTableOf(
    mountInfo([
      ['/', 'ext4'],
      ['/home', type],
    ]),
  );

test('a directory on a network file system is reported with the variable that moves it, and no engine is stopped', async () => {
  const [finding] = await reported(homeOn('nfs4'));
  expect(finding).toMatchObject({code: 'supervisor.directory-remote', severity: 'warning'});
  expect(finding?.message).toContain(`The state directory ${directories.stateDir} is on`);
  expect(finding?.message).toContain('may stop answering: nfs4, mounted at /home.');
  expect(finding?.remedy).toMatch(/^At the next planned stop of the engine, set GANTRY_STATE_DIR to /);
});

test('directories on this host are in order', async () => {
  expect(await reported(homeOn('xfs'))).toEqual([]);
  expect(await reported(homeOn('fuse.fuse-overlayfs'))).toEqual([]);
});

test('each directory is reported once, also if it is two of them', async () => {
  const both = await reported(homeOn('nfs'), {runtimeDir: directories.stateDir});
  expect(both.map(({remedy}) => /set (\w+) to/.exec(remedy)?.[1])).toEqual(['GANTRY_STATE_DIR', 'GANTRY_DATA_DIR']);
});

test('a host without /proc, and a link that cannot be read, are no findings', async () => {
  const failing = () => Promise.reject(new Error('ENOENT'));
  expect(await reported(homeOn('nfs'), {readTable: failing})).toEqual([]);
  const readLink = (place: string) => (place === '/data' ? failing() : Promise.resolve(null));
  const [finding, ...others] = await reported(homeOn('nfs'), {readLink, stateDir: '/data/state'});
  expect(finding?.message).toContain(directories.dataDir);
  expect(others).toEqual([]);
});

test('a link that is never read occupies one thread, and is asked for no other directory', async () => {
  const asked: string[] = [];
  const looked = Promise.withResolvers<null>();
  const readLink = (place: string) => {
    asked.push(place);
    looked.resolve(null);
    return new Promise<null>(() => {});
  };
  void reported(homeOn('ext4'), {readLink});
  await looked.promise;
  expect(asked).toEqual(['/home/kim']);
});

test('this host is looked at', async () => {
  const seen: Observation[] = [];
  const nowhere = {...directories, stateDir: '/nowhere/state', dataDir: '/nowhere/data', runtimeDir: '/nowhere/run'};
  await reportRemoteDirectories(nowhere, (observation) => seen.push(observation));
  expect(seen).toEqual([]);
});
