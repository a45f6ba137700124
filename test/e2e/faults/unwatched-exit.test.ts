import {existsSync, mkdirSync, rmdirSync, rmSync, utimesSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {isAlive, untilGone} from '../../harness/processes.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

const codes = ({findings}: Snapshot): readonly string[] => findings.map(({code}) => code);

function runFile({engine}: Snapshot, name: string): string {
  return path.join(home.directory, 'state', 'runs', engine.runId ?? '', name);
}

test('an engine that died two days before the next command stays down, with the time, until it is started', async () => {
  await home.demo(['--speed', '400']);
  const ready = await home.waitForState('ready');
  await home.killSupervisor();
  const record = runFile(ready, 'exit-status');
  process.kill(ready.engine.pid ?? 0, 'SIGKILL');
  await untilGone(ready.engine.pid ?? 0, 'the engine');
  await eventually(() => existsSync(record), 'the record of the exit');
  const diedAt = new Date(Date.now() - 2 * 86_400_000);
  utimesSync(record, diedAt, diedAt);
  const reason = {kind: 'exited-unwatched', exitedAtMs: diedAt.getTime()};
  const left = await home.until('the end of its processes', ({engine}) => engine.runId === null);
  const givenUp = ({findings}: Snapshot) => findings.find(({code}) => code === 'lifecycle.intention-given-up')?.details;
  expect([left.engine.state, givenUp(left)]).toMatchObject(['failed', {reason, command: 'gantry restart --force'}]);
  // The next supervisor, too.
  expect((await home.run(['supervisor', 'restart'])).exitCode).toBe(0);
  const later = await home.snapshot();
  expect([later.engine.state, givenUp(later)]).toMatchObject(['failed', {reason}]);
  expect((await home.events()).map(({code}) => code)).not.toContain('engine.backing-off');
  await home.run(['restart']);
  expect(codes(await home.waitForState('ready'))).not.toContain('lifecycle.intention-given-up');
});

test('an exception in the check of an automatic restart is the reason of its failure, and ends no supervisor', async () => {
  home.configure('restart: {firstDelaySeconds: 1, maxDelaySeconds: 1}');
  await home.demo(['--speed', '400']);
  const ready = await home.waitForState('ready');
  // No error that is expected of this file.
  const key = runFile(ready, 'api-key');
  rmSync(key, {force: true});
  mkdirSync(key);
  process.kill(ready.engine.pid ?? 0, 'SIGKILL');
  const failed = await home.until('the failed check', (now) => codes(now).includes('supervisor.effect-failed'));
  const {details} = failed.findings.find(({code}) => code === 'supervisor.effect-failed') ?? {};
  expect(details).toMatchObject({effect: 'run-preflight', error: expect.stringContaining('EISDIR')});
  rmdirSync(key);
  await home.run(['restart']);
  const after = await home.waitForState('ready');
  expect(after.supervisor.pid).toBe(ready.supervisor.pid);
  expect(isAlive(ready.supervisor.pid)).toBe(true);
  expect(codes(after)).not.toContain('supervisor.effect-failed');
});
