import {mkdir, rm, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {parseKillUserProcesses, readLoginManager} from '../../../src/sources/host/login-manager.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let root: string;
beforeEach(() => {
  root = temporaryDirectory('login');
});

async function put(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(root, file)), {recursive: true});
  await writeFile(path.join(root, file), text);
}

test('a host without systemd has no login manager', async () => {
  expect(await readLoginManager('op', root)).toEqual({
    hasSystemd: false,
    user: 'op',
    isLingering: false,
    killsUserProcesses: false,
  });
});

test('lingering and the running manager are read from files', async () => {
  await put('var/lib/systemd/linger/op', '');
  await put('run/systemd/system/.keep', '');
  expect(await readLoginManager('op', root)).toMatchObject({hasSystemd: true, isLingering: true});
  expect(await readLoginManager('other', root)).toMatchObject({isLingering: false});
});

test('drop-ins come after the main file, by name; a stronger directory replaces one of the same name', async () => {
  await put('etc/systemd/logind.conf', '[Login]\n#KillUserProcesses=yes\nKillUserProcesses=no\n');
  await put('usr/lib/systemd/logind.conf.d/50-site.conf', '[Login]\nKillUserProcesses=yes\n');
  expect(await readLoginManager('op', root)).toMatchObject({killsUserProcesses: true});
  await put('etc/systemd/logind.conf.d/50-site.conf', '[Login]\n');
  expect(await readLoginManager('op', root)).toMatchObject({killsUserProcesses: false});
  await put('run/systemd/logind.conf.d/60-more.conf', 'KillUserProcesses = on');
  expect(await readLoginManager('op', root)).toMatchObject({killsUserProcesses: true});
  await put('etc/systemd/logind.conf.d/55-before.conf', 'KillUserProcesses=no');
  expect(await readLoginManager('op', root)).toMatchObject({killsUserProcesses: true});
  await put('usr/lib/systemd/logind.conf.d/70-after.conf', 'KillUserProcesses=no');
  expect(await readLoginManager('op', root)).toMatchObject({killsUserProcesses: false});
  await put('etc/systemd/logind.conf.d/90-site.conf.bak', 'KillUserProcesses=yes');
  expect(await readLoginManager('op', root)).toMatchObject({killsUserProcesses: false});
});

test('the values of systemd for yes and no', () => {
  for (const word of ['yes', 'true', '1', 'on']) expect(parseKillUserProcesses(`KillUserProcesses=${word}`)).toBe(true);
  for (const word of ['no', 'false', '0', '']) expect(parseKillUserProcesses(`KillUserProcesses=${word}`)).toBe(false);
  for (const word of ['eyes', 'yesterday', 'only']) {
    expect(parseKillUserProcesses(`KillUserProcesses=${word}`)).toBe(false);
  }
});

test.each([
  '# KillUserProcesses=yes',
  'NoKillUserProcesses=yes',
  'KillUserProcesses=yes on Sundays',
  'KillUserProcesses',
])('does not set the value: %s', (line) => {
  expect(parseKillUserProcesses(line)).toBeNull();
});

test('a file in the place of a directory counts as missing', async () => {
  await put('etc/systemd/logind.conf.d', '');
  await put('run/systemd', '');
  await put('var/lib/systemd/linger', '');
  expect(await readLoginManager('op', root)).toMatchObject({hasSystemd: false, isLingering: false});
});

test('any other fault is reported, not treated as a missing file', async () => {
  await put('etc/systemd/logind.conf/is-a-directory', '');
  await expect(readLoginManager('op', root)).rejects.toThrow('EISDIR');
});

test.each(['run/systemd/system', 'etc/systemd/logind.conf.d'])(
  'a link that leads to itself at %s is a fault',
  async (place) => {
    await put(`${place}/file`, '');
    await rm(path.join(root, place), {recursive: true});
    await symlink(path.basename(place), path.join(root, place));
    await expect(readLoginManager('op', root)).rejects.toThrow('ELOOP');
  },
);
