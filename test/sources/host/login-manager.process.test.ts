import {mkdir, writeFile} from 'node:fs/promises';
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
});

test('the values of systemd for yes and no', () => {
  for (const word of ['yes', 'true', '1', 'on']) expect(parseKillUserProcesses(`KillUserProcesses=${word}`)).toBe(true);
  for (const word of ['no', 'false', '0', '']) expect(parseKillUserProcesses(`KillUserProcesses=${word}`)).toBe(false);
  expect(parseKillUserProcesses('# KillUserProcesses=yes')).toBeNull();
});
