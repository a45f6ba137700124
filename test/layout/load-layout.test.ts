import {execFileSync} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {beforeEach, expect, test} from 'vitest';
import {builtInLayout, builtInLayoutNames, loadLayout, loadLayouts} from '../../src/layout/load-layout.ts';
import {parseLayout} from '../../src/layout/parse-layout.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';

let userDirectory: string;

beforeEach(async () => {
  userDirectory = temporaryDirectory('layout');
  await mkdir(join(userDirectory, 'layouts'));
});

test('every built-in layout is what the schema makes of its file', async () => {
  expect(builtInLayoutNames).toContain('overview');
  for (const name of builtInLayoutNames) {
    const file = fileURLToPath(new URL(`../../layouts/${name}.json`, import.meta.url));
    const checked = parseLayout(await readFile(file, 'utf8'), file);
    expect(checked).toMatchObject({ok: true, value: {name}});
    expect(builtInLayout(name)).toEqual(checked);
  }
});

test('without a user directory, or without a file in it, the built-in layout is used', async () => {
  const builtIn = builtInLayout('overview');
  expect(await loadLayout({userDirectory: null, name: 'overview'})).toEqual(builtIn);
  expect(await loadLayout({userDirectory, name: 'overview'})).toEqual(builtIn);
  expect(await loadLayout({userDirectory: join(userDirectory, 'nowhere'), name: 'overview'})).toEqual(builtIn);
});

test("a user's layout overrides the built-in one of the same name", async () => {
  await write('overview', {
    schemaVersion: 1,
    name: 'overview',
    title: 'Mine',
    variants: [{minColumns: 0, minRows: 0, root: {kind: 'panel', id: 'log', panel: 'log'}}],
  });
  expect(await loadLayout({userDirectory, name: 'overview'})).toMatchObject({ok: true, value: {title: 'Mine'}});
});

test('a pipe in the place of a layout is an error, and is not waited for', async () => {
  execFileSync('sh', ['-c', 'mkfifo "$0"', join(userDirectory, 'layouts', 'overview.json')]);
  expect(await loadLayout({userDirectory, name: 'overview'})).toMatchObject({
    ok: false,
    error: {code: 'layout.unreadable', message: expect.stringContaining('it is a pipe')},
  });
});

test('each screen has the layout of the user, where there is one', async () => {
  const variants = [{minColumns: 0, minRows: 0, root: {kind: 'panel', id: 'log', panel: 'log'}}];
  await write('gpus', {schemaVersion: 1, name: 'gpus', title: 'My GPUs', variants});
  const own = await loadLayouts({userDirectory, name: 'overview'});
  expect(own.ok && [own.value('overview').title, own.value('gpus').title]).toEqual(['Overview', 'My GPUs']);
  const builtIn = await loadLayouts({userDirectory: null, name: 'overview'});
  expect(builtIn.ok && builtIn.value('gpus').title).toBe('GPUs');
  await write('gpus', {schemaVersion: 2});
  const broken = await loadLayouts({userDirectory, name: 'overview'});
  expect(!broken.ok && broken.error.message).toContain('gpus.json: at schemaVersion: expected 1, got 2');
});

test('an invalid layout of the user is an error with its file', async () => {
  await write('overview', {schemaVersion: 2});
  const loaded = await loadLayout({userDirectory, name: 'overview'});
  expect(!loaded.ok && loaded.error.message).toContain(
    `${join(userDirectory, 'layouts', 'overview.json')}: at schemaVersion: expected 1, got 2`,
  );
});

test('a file that cannot be read is an error with its name', async () => {
  await mkdir(join(userDirectory, 'layouts', 'overview.json'));
  const loaded = await loadLayout({userDirectory, name: 'overview'});
  expect(!loaded.ok && loaded.error).toMatchObject({code: 'layout.unreadable'});
});

test('a file that is too large is refused', async () => {
  await writeFile(join(userDirectory, 'layouts', 'overview.json'), ' '.repeat(65 * 1024));
  const loaded = await loadLayout({userDirectory, name: 'overview'});
  expect(!loaded.ok && loaded.error.message).toContain('larger than 64 KiB');
});

test.each(['nothing', '../overview', 'toString', '/etc/passwd'])('%s is not a layout', async (name) => {
  const loaded = await loadLayout({userDirectory, name});
  expect(!loaded.ok && loaded.error).toMatchObject({code: 'layout.unknown'});
});

async function write(name: string, layout: unknown): Promise<void> {
  await writeFile(join(userDirectory, 'layouts', `${name}.json`), JSON.stringify(layout));
}
