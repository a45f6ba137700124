import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {readBootId} from '../../../src/supervisor/process/process-identity.ts';
import {journalPath} from '../../../src/supervisor/state-dir/journal.ts';
import {journalLine} from '../../../src/supervisor/state-dir/journal-text.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {isAlive} from '../../harness/processes.ts';
import {recordedTypes} from '../../harness/recorded-types.ts';
import {intentionOf} from '../../supervisor/state-dir/journal-samples.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

/** Kills the supervisor as soon as the journal has this entry after its first `from` ones. */
async function killAt(type: string, from: number): Promise<void> {
  const {supervisor} = await home.snapshot();
  await eventually(() => recordedTypes(home).slice(from).includes(type), `${type} in the journal`, {everyMs: 1});
  if (isAlive(supervisor.pid)) process.kill(supervisor.pid, 'SIGKILL');
}

test('a restart whose supervisor is killed while it stops the engine is carried on, five times of five', async () => {
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  for (const context of [65_536, 131_072, 65_536, 131_072, 65_536]) {
    const from = recordedTypes(home).length;
    const killed = killAt('run-stop-requested', from);
    await home.run(['restart', '--context', String(context)]);
    await killed;
    const {engine} = await home.until(
      'the engine with the new settings',
      (now) => now.engine.state === 'ready' && now.engine.settings?.contextLengthTokens === context,
    );
    expect(isAlive(engine.pid ?? 0)).toBe(true);
  }
  const continued = (await home.events()).filter(({code}) => code === 'command.continued');
  expect(continued).toHaveLength(5);
  expect(continued[0]?.details).toMatchObject({command: 'restart', cause: 'operator'});
  const ends = (await home.events()).filter(({code}) => code === 'command.failed' || code === 'command.cancelled');
  expect(ends).toEqual([]);
});

test('a command that waits starts the next supervisor itself, and reports the end of what it asked for', async () => {
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  const from = recordedTypes(home).length;
  const killed = killAt('run-stop-requested', from);
  const restarted = await home.run(['restart', '--context', '65536', '--wait']);
  await killed;
  expect([restarted.exitCode, restarted.stdout]).toEqual([0, expect.stringMatching(/Ready: http/)]);
  const beforeStop = recordedTypes(home).length;
  const killedAgain = killAt('run-stop-requested', beforeStop);
  const stopped = await home.run(['down']);
  await killedAgain;
  expect(stopped.exitCode, stopped.stderr).toBe(0);
  expect((await home.snapshot()).engine.state).toBe('stopped');
});

test('a drain that another supervisor carries on ends when it was to end, and not before', async () => {
  await home.demo(['--speed', '20']);
  const {engine} = await home.until('requests', ({traffic: {runningRequests}}) => Number(runningRequests) > 0);
  const down = home.run(['down', '--drain', '600s']);
  const draining = await home.until('the drain', (now) => now.engine.state === 'draining');
  await home.killSupervisor();
  const next = await home.until('the drain under the next supervisor', (now) => now.engine.state === 'draining');
  expect(next.supervisor.pid).not.toBe(draining.supervisor.pid);
  expect(Math.abs((next.engine.drainUntilMs ?? 0) - (draining.engine.drainUntilMs ?? 0))).toBeLessThan(1_000);
  expect(next.findings.map(({code}) => code)).toContain('lifecycle.intention-continued');
  expect(isAlive(engine.pid ?? 0)).toBe(true);
  await home.run(['down']);
  expect((await down).exitCode).toBe(0);
});

test('an automatic restart whose supervisor is killed takes place at its time', async () => {
  home.configure('restart: {firstDelaySeconds: 6}');
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  process.kill(engine.pid ?? 0, 'SIGKILL');
  const waiting = await home.until(
    'the end of the run',
    (now) => now.engine.state === 'backing-off' && now.engine.runId === null,
  );
  await home.killSupervisor();
  const next = await home.snapshot();
  expect(next.engine.state === 'backing-off' ? next.engine.backOff : waiting.engine.backOff).toEqual(
    waiting.engine.backOff,
  );
  const ready = await home.waitForState('ready');
  expect(ready.engine.startedAtMs).toBeGreaterThanOrEqual(waiting.engine.backOff?.untilMs ?? 0);
  expect(ready.findings.map(({code}) => code)).toContain('lifecycle.crash-loop');
});

test('a demo does not start in place of a real engine whose automatic restart an earlier supervisor did not finish', async () => {
  const stateDir = path.join(home.directory, 'state');
  mkdirSync(stateDir, {mode: 0o700});
  const atMs = Date.now();
  const backOff = {attempt: 1, maxAttempts: 5, untilMs: atMs + 600_000};
  const intention = intentionOf('restart-1', {verb: 'restart', cause: 'crash', by: null, requestedAtMs: atMs, backOff});
  const entry = {type: 'intention-begun', atMs, intention, bootId: readBootId(), simulated: null} as const;
  writeFileSync(journalPath(stateDir), journalLine(entry), {mode: 0o600});
  const refused = await home.run(['demo', '--detach', '--json']);
  expect([refused.exitCode, JSON.parse(refused.stdout)]).toMatchObject([1, {error: {code: 'demo.real-engine-known'}}]);
  // It takes place at its time, on the real node.
  const waiting = await home.snapshot();
  expect([waiting.simulated, waiting.engine.state, waiting.engine.backOff]).toEqual([false, 'backing-off', backOff]);
  expect((await home.run(['down'])).exitCode).toBe(0);
  await home.demo(['--speed', '400']);
  expect((await home.waitForState('ready')).simulated).toBe(true);
});
