import {beforeEach, describe, expect, test} from 'vitest';
import {eventually} from '../harness/eventually.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';
import {isAlive, startTimeOf} from '../harness/processes.ts';

const size = {columns: 120, rows: 40};

/** Tokens the engine's own endpoint has generated: proof that it serves, whatever Gantry's processes do. */
async function generatedTokens(home: GantryHome): Promise<number> {
  const body = await (await fetch(`http://127.0.0.1:${home.port}/metrics`)).text();
  const line = body.split('\n').find((candidate) => candidate.startsWith('vllm:generation_tokens_total{'));
  return Number(line?.split(' ').at(-1));
}

describe('the engine outlives', () => {
  let home: GantryHome;
  beforeEach(async () => {
    home = await openHome();
  });

  async function startEngine(): Promise<{pid: number; startTime: string}> {
    await home.demo(['--speed', '400']);
    const {engine} = await home.waitForState('ready');
    expect(engine.pid).not.toBeNull();
    const pid = engine.pid ?? 0;
    return {pid, startTime: startTimeOf(pid)};
  }

  async function expectStillServing(before: {pid: number; startTime: string}): Promise<void> {
    expect(isAlive(before.pid)).toBe(true);
    expect(startTimeOf(before.pid)).toBe(before.startTime);
    const tokens = await generatedTokens(home);
    await eventually(async () => (await generatedTokens(home)) > tokens, 'more generated tokens');
    const after = await home.waitForState('ready');
    expect(after.engine.pid).toBe(before.pid);
  }

  test('the terminal being closed, and the next console finds it', async () => {
    const before = await startEngine();
    const console = home.open([], size);
    await console.waitFor(
      'the console with a ready engine',
      (text) => /ready/i.test(text) && text.includes('SIMULATED'),
    );
    console.kill('SIGHUP');
    await console.exit;
    await expectStillServing(before);
    const again = home.open([], size);
    await again.waitFor('the console again', (text) => text.includes(String(before.pid)) || /ready/i.test(text));
    again.write('q');
    expect((await again.exit).exitCode).toBe(0);
    await expectStillServing(before);
  });

  test('the console being killed', async () => {
    const before = await startEngine();
    const console = home.open([], size);
    await console.waitFor('the console', (text) => text.includes('SIMULATED'));
    console.kill('SIGKILL');
    await console.exit;
    await expectStillServing(before);
  });

  test('the supervisor being killed, and the next command starts one that adopts it', async () => {
    const before = await startEngine();
    const killed = await home.killSupervisor();
    await expectStillServing(before);
    const after = await home.snapshot();
    expect(after.supervisor.pid).not.toBe(killed);
    expect(after.simulated).toBe(true);
    expect(after.engine.startedAtMs).not.toBeNull();
  });

  test('nothing: down ends all its processes', async () => {
    const before = await startEngine();
    const down = await home.run(['down', '--json']);
    expect(down.exitCode, down.stdout + down.stderr).toBe(0);
    expect(isAlive(before.pid)).toBe(false);
    expect((await home.snapshot()).engine.state).toBe('stopped');
    await expect(fetch(`http://127.0.0.1:${home.port}/health`)).rejects.toThrow();
  });
});
