import {existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, utimesSync} from 'node:fs';
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
  await home.run(['restart', '--force']);
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
  await home.run(['restart', '--force']);
  const after = await home.waitForState('ready');
  expect(after.supervisor.pid).toBe(ready.supervisor.pid);
  expect(isAlive(ready.supervisor.pid)).toBe(true);
  expect(codes(after)).not.toContain('supervisor.effect-failed');
});

test('a supervisor with other GPUs in its environment restarts no engine, and one with another token says so', async () => {
  home.configure('restart: {firstDelaySeconds: 1, maxDelaySeconds: 1}');
  const asked = {CUDA_VISIBLE_DEVICES: '0,1,2,3', HF_TOKEN: 'hf_planted0123456789abcdefghij'};
  await home.demo(['--speed', '400'], asked);
  const first = await home.waitForState('ready');
  const journal = readFileSync(path.join(home.directory, 'state', 'journal.jsonl'), 'utf8');
  expect(journal).toContain('CUDA_VISIBLE_DEVICES');
  expect(journal).not.toContain(asked.HF_TOKEN);
  const crashUnder = async (environment: Record<string, string>): Promise<void> => {
    const {engine} = await home.waitForState('ready');
    await home.killSupervisor();
    process.kill(engine.pid ?? 0, 'SIGKILL');
    await home.run(['status'], environment);
  };
  const detailsIn = ({findings}: Snapshot, wanted: string) => findings.find(({code}) => code === wanted)?.details;
  await crashUnder({CUDA_VISIBLE_DEVICES: asked.CUDA_VISIBLE_DEVICES, HF_TOKEN: 'another'});
  const restarted = await home.until(
    'the engine in another environment',
    (now) => now.engine.state === 'ready' && now.engine.runId !== first.engine.runId,
  );
  expect(detailsIn(restarted, 'engine.environment-differs')).toEqual({
    start: 'automatic',
    variables: ['HF_TOKEN'],
    gpuVariables: [],
  });
  await crashUnder({CUDA_VISIBLE_DEVICES: '4,5,6,7', HF_TOKEN: asked.HF_TOKEN});
  const refused = await home.until('the refusal', (now) => codes(now).includes('preflight.environment-differs'));
  const details = {gpuVariables: ['CUDA_VISIBLE_DEVICES'], otherVariables: []};
  expect(detailsIn(refused, 'preflight.environment-differs')).toEqual(details);
  const down = await home.until('the end of its processes', ({engine}) => engine.runId === null);
  expect([down.engine.state, down.engine.backOff]).toEqual(['failed', null]);
  // The operator decides: from then on it is the environment of this supervisor, which is said once.
  const moved = {variables: ['CUDA_VISIBLE_DEVICES'], gpuVariables: ['CUDA_VISIBLE_DEVICES']};
  const reply = await home.run(['restart', '--force', '--wait', '--json']);
  expect(JSON.parse(reply.stdout)).toMatchObject({
    findings: expect.arrayContaining([
      expect.objectContaining({code: 'engine.environment-differs', details: {...moved, start: 'requested'}}),
    ]),
  });
  expect(codes(await home.snapshot())).not.toContain('preflight.environment-differs');
  await home.run(['restart', '--force', '--wait']);
  expect(codes(await home.snapshot())).not.toContain('engine.environment-differs');
  await home.killSupervisor();
  await home.run(['status'], asked);
  const adopted = await home.until('the adoption', (now) => codes(now).includes('engine.environment-differs'));
  expect(detailsIn(adopted, 'engine.environment-differs')).toEqual({...moved, start: 'adopted'});
  expect(adopted.engine.state).toBe('ready');
});
