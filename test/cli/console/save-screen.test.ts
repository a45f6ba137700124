import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {expect, test} from 'vitest';
import {saveScreen} from '../../../src/cli/console/save-screen.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const screen = {name: 'overview', extension: 'txt', content: 'ready\n'} as const;
const nowMs = () => Date.UTC(2026, 10, 23, 12, 0, 5);

test('a new file in the first directory, readable only by its owner', async () => {
  const directory = temporaryDirectory();
  const saved = await saveScreen(screen, {current: directory, own: '/nowhere', nowMs});
  const file = path.join(directory, 'gantry-overview-20261123T120005Z.txt');
  expect(saved).toEqual({ok: true, value: file});
  expect(await readFile(file, 'utf8')).toBe('ready\n');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toHaveLength(1);
});

test('what exists is never replaced', async () => {
  const directory = temporaryDirectory();
  const first = path.join(directory, 'gantry-overview-20261123T120005Z.txt');
  await writeFile(first, 'of somebody');
  const saved = await saveScreen(screen, {current: directory, own: '/nowhere', nowMs});
  expect(saved).toEqual({ok: true, value: path.join(directory, 'gantry-overview-20261123T120005Z-2.txt')});
  expect(await readFile(first, 'utf8')).toBe('of somebody');
});

test('where the first cannot be written, the next one is taken; the error names all of them', async () => {
  const directory = temporaryDirectory();
  const blocked = path.join(directory, 'file');
  await writeFile(blocked, '');
  const state = path.join(directory, 'state', 'screens');
  const saved = await saveScreen(screen, {current: blocked, own: state, nowMs});
  expect(saved).toMatchObject({ok: true, value: expect.stringContaining(state)});
  const failed = await saveScreen(screen, {current: blocked, own: path.join(blocked, 'in'), nowMs});
  expect(failed).toMatchObject({
    ok: false,
    error: {message: `no file could be written in ${blocked} (ENOTDIR) or ${path.join(blocked, 'in')} (ENOTDIR).`},
  });
});

test('a current directory that was removed is not made again; the own one is, accessible only by its owner', async () => {
  const directory = temporaryDirectory();
  const [gone, own] = [path.join(directory, 'gone'), path.join(directory, 'state', 'screens')];
  for (const current of [gone, null]) {
    const saved = await saveScreen(screen, {current, own, nowMs});
    expect(saved).toMatchObject({ok: true, value: expect.stringContaining(own)});
  }
  expect(await readdir(directory)).toEqual(['state']);
  expect((await stat(own)).mode & 0o777).toBe(0o700);
  await writeFile(path.join(directory, 'file'), '');
  const failed = await saveScreen(screen, {current: gone, own: path.join(directory, 'file', 'screens'), nowMs});
  expect(failed).toMatchObject({error: {message: expect.stringContaining(`${gone} (it does not exist) or `)}});
});
