import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {eventually} from '../harness/eventually.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';
import {commandOf, isAlive, processesWith, untilGone} from '../harness/processes.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

/** The long-lived queries of nvidia-smi that run for this home. */
const samplers = (): readonly number[] =>
  processesWith(home.directory).filter((pid) => commandOf(pid).includes('-lms'));

async function serving(): Promise<number> {
  await home.demo(['--speed', '400']);
  const {supervisor} = await home.waitForState('ready');
  await eventually(() => samplers().length === 1, 'one nvidia-smi');
  return supervisor.pid;
}

describe('a supervisor without an engine', () => {
  test('leaves soon after gantry down, and takes its nvidia-smi along', async () => {
    home.configure('supervisor: {idleExitMinutes: 0.05}');
    const pid = await serving();
    expect((await home.run(['down'])).exitCode).toBe(0);
    await untilGone(pid, 'the idle supervisor');
    expect(samplers()).toEqual([]);
    expect(processesWith(home.directory)).toEqual([]);
  });

  test('that saw the engine fail leaves its end behind: gantry status says when and why, until the next start', async () => {
    home.configure('supervisor: {idleExitMinutes: 0.05}\nrestart: {automatic: false}');
    const pid = await serving();
    const {engine} = await home.snapshot();
    process.kill(engine.pid ?? 0, 'SIGKILL');
    await untilGone(pid, 'the idle supervisor');
    const text = await home.run(['status']);
    expect([text.exitCode, text.stdout]).toEqual([69, '']);
    // Engines of other tests are named, too.
    expect(text.stderr).toMatch(/No supervisor is running.*\. The last run .*failed at \d{4}-.* UTC: .*signal 9/);
    const json = await home.run(['status', '--json']);
    expect([json.exitCode, JSON.parse(json.stdout)]).toMatchObject([
      69,
      {
        error: {code: 'supervisor.unavailable'},
        lastEnd: {state: 'failed', runId: engine.runId, findings: [{code: 'lifecycle.engine-exited'}]},
      },
    ]);
    const console = home.open(['demo', '--speed', '400'], {columns: 160, rows: 40});
    await console.waitFor('the console', (shown) => shown.includes('SIMULATED'));
    await home.waitForState('ready');
    expect((await home.snapshot()).findings.map(({code}) => code)).not.toContain('lifecycle.last-end');
    console.write('q');
    await console.exit;
  });

  test('that saw the engine fail: the next console says so in its first picture', async () => {
    const end = {
      schemaVersion: 1,
      state: 'failed',
      atMs: Date.UTC(2026, 0, 2, 3, 4, 5),
      runId: 'run-1',
      simulated: false,
      findings: [{code: 'vllm.x', message: 'Out of memory.', remedy: 'Lower the context.'}],
    };
    mkdirSync(path.join(home.directory, 'state'), {recursive: true, mode: 0o700});
    writeFileSync(path.join(home.directory, 'state', 'last-end.json'), JSON.stringify(end));
    const console = home.open([], {columns: 160, rows: 40});
    await console.waitFor('the end of the run', (text) =>
      text.includes('The last run failed at 2026-01-02 03:04:05 UTC'),
    );
    console.write('q');
    await console.exit;
  });

  test('stays while someone follows it, and leaves after that', async () => {
    home.configure('supervisor: {idleExitMinutes: 0.02}');
    const pid = await serving();
    const console = home.open([], {columns: 120, rows: 40});
    await console.waitFor('the console', (text) => text.includes('SIMULATED'));
    await home.run(['down']);
    const {sequence} = await home.snapshot();
    await home.until('five seconds without an engine', (now) => now.sequence >= sequence + 5);
    expect(isAlive(pid)).toBe(true);
    console.write('q');
    await console.exit;
    await untilGone(pid, 'the supervisor that nobody follows');
  });
});

describe('the nvidia-smi of a supervisor that is killed', () => {
  test('ends by itself, because nobody reads what it prints', async () => {
    await serving();
    await home.killSupervisor();
    await eventually(() => samplers().length === 0, 'nvidia-smi to end');
  });

  test('is ended by the next supervisor if it cannot', async () => {
    await serving();
    const [stopped = 0] = samplers();
    process.kill(stopped, 'SIGSTOP');
    await home.killSupervisor();
    expect(isAlive(stopped)).toBe(true);
    await home.waitForState('ready');
    await untilGone(stopped, 'the nvidia-smi that was left');
    await eventually(() => samplers().length === 1, 'one nvidia-smi, of the new supervisor');
  });
});
