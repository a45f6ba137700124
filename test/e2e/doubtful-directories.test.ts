import {chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {openHome} from '../harness/gantry-home.ts';

test('an engine that serves stays within reach, whatever becomes of the directories', async () => {
  const home = await openHome();
  const state = path.join(home.directory, 'state');
  await home.demo(['--speed', '400']);
  const {engine, supervisor} = await home.waitForState('ready');
  chmodSync(state, 0o777);
  const refused = await home.run(['config', 'rotate-key']);
  expect([refused.exitCode, refused.stderr.includes(state)]).toEqual([78, true]);
  expect((await home.run(['supervisor', 'restart'])).exitCode).toBe(78);
  expect((await home.run(['logs', '-n', '5'])).exitCode).toBe(0);
  const doctor = await home.run(['doctor']);
  expect(doctor.stdout).toContain('Other users can write to');
  const reported = await home.until('the finding', ({findings}) =>
    findings.some(({code}) => code === 'supervisor.directory-doubtful'),
  );
  expect([reported.engine.pid, reported.supervisor.pid]).toEqual([engine.pid, supervisor.pid]);
  expect((await home.run(['down', '--drain', '0'])).exitCode).toBe(0);
  await home.waitForState('stopped');
});

test('data on another disk by a link, and a log that is a link, keep no supervisor from starting', async () => {
  const home = await openHome();
  const data = path.join(home.directory, 'data');
  const disk = path.join(home.directory, 'disk');
  mkdirSync(data, {recursive: true, mode: 0o700});
  renameSync(data, disk);
  symlinkSync(disk, data);
  const state = path.join(home.directory, 'state');
  mkdirSync(state, {recursive: true, mode: 0o700});
  writeFileSync(path.join(home.directory, 'elsewhere'), 'untouched');
  symlinkSync(path.join(home.directory, 'elsewhere'), path.join(state, 'supervisor.log'));
  await home.demo(['--speed', '400']);
  const {findings} = await home.waitForState('ready');
  expect(findings.map(({code}) => code)).toContain('supervisor.log-unusable');
});
