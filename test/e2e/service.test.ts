import {existsSync} from 'node:fs';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

let home: GantryHome;
let unitPath: string;
beforeEach(async () => {
  home = await openHome();
  unitPath = path.join(home.directory, '.config/systemd/user/gantry.service');
});

test('without systemd the complete unit is written, the commands to run are shown, and it can be removed', async (context) => {
  // Elsewhere this would enable a unit of the user who runs the tests.
  if (existsSync('/run/systemd/system')) context.skip();
  const preview = await home.run(['service', 'install', '--dry-run']);
  expect(existsSync(unitPath)).toBe(false);
  const installed = await home.run(['service', 'install']);
  expect(installed.exitCode, installed.stderr).toBe(0);
  expect(installed.stdout).toContain('Run: systemctl --user enable --now gantry.service');
  const text = await readFile(unitPath, 'utf8');
  expect(text.trimEnd()).toBe(preview.stdout.trimEnd());
  expect(text).toContain(`GANTRY_STATE_DIR=${path.join(home.directory, 'state')}`);
  const status = await home.run(['service', 'status']);
  expect([status.exitCode, status.stdout]).toEqual([0, expect.stringContaining('installed, systemd is not running')]);
  const removed = await home.run(['service', 'remove']);
  expect(removed.exitCode, removed.stderr).toBe(0);
  expect(existsSync(unitPath)).toBe(false);
  expect((await home.run(['service', 'status'])).exitCode).toBe(1);
});

test('a unit that Gantry did not write is neither replaced nor removed', async () => {
  await mkdir(path.dirname(unitPath), {recursive: true});
  await writeFile(unitPath, '[Unit]\n');
  for (const action of ['install', 'remove']) {
    const refused = await home.run(['service', action]);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('was not changed')]);
  }
  expect(await readFile(unitPath, 'utf8')).toBe('[Unit]\n');
});
