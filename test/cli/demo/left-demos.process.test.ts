import {existsSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {removeDemo} from '../../../src/cli/demo/left-demos.ts';
import {eventually} from '../../harness/eventually.ts';
import {isAlive, startProcess} from '../../harness/processes.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

/** A process of a temporary home that creates its directory again and again; the number of ms after which it exits. */
const program = `
  const {mkdirSync} = require('node:fs');
  const make = () => mkdirSync(process.env.GANTRY_RUNTIME_DIR, {recursive: true});
  setInterval(make, 1);
  make();
  if (process.argv[1] !== 'never') setTimeout(() => process.exit(), Number(process.argv[1]));
`;

async function homeWithProcess(exitsAfter: string) {
  const home = path.join(temporaryDirectory('left-demos'), 'gantry-demo-1');
  mkdirSync(home);
  const env = {GANTRY_RUNTIME_DIR: path.join(home, 'run')};
  const {child, ended} = startProcess(process.execPath, ['-e', program, exitsAfter], {env});
  await eventually(() => existsSync(env.GANTRY_RUNTIME_DIR), 'the process to create its directory');
  return {home, pid: child.pid ?? 0, ended};
}

test('the home of a demo is removed once its supervisor has left, and stays removed', async () => {
  const {home, pid, ended} = await homeWithProcess('400');
  await removeDemo(home, 30_000);
  expect(isAlive(pid)).toBe(false);
  expect((await ended).code).toBe(0);
  expect(existsSync(home)).toBe(false);
});

test('... or is killed, if it does not leave', async () => {
  const {home, pid, ended} = await homeWithProcess('never');
  await removeDemo(home, 300);
  expect(isAlive(pid)).toBe(false);
  expect((await ended).code).toBeNull();
  expect(existsSync(home)).toBe(false);
});
