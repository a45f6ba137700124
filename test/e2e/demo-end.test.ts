import {existsSync, mkdirSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {NODE_DIRECTORY_VARIABLE} from '../../src/simulator/node/node-directory.ts';
import {eventually} from '../harness/eventually.ts';
import {type GantryHome, gantryEntry, openHome} from '../harness/gantry-home.ts';
import {commandOf, processesWith, startProcess, untilGone} from '../harness/processes.ts';
import type {PtyTerminal} from '../harness/terminal.ts';

const size = {columns: 120, rows: 40};

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

/** `gantry demo` in a terminal, with a ready engine. */
async function openDemo(): Promise<PtyTerminal> {
  const demo = home.open(['demo', '--speed', '400'], size);
  await demo.waitFor('a ready engine', (text) => text.includes('SIMULATED') && /\bready\b/.test(text));
  await eventually(() => processesWith(home.directory).length > 3, 'the processes of the node');
  return demo;
}

async function expectNothingLeft(): Promise<void> {
  await eventually(
    () => processesWith(home.directory).length === 0,
    () => `every process to end; there are ${processesWith(home.directory).join(', ')}`,
  );
  expect(existsSync(path.join(home.directory, 'state', 'simulated-node'))).toBe(false);
}

describe('the simulated node of a demo leaves nothing behind when its console', () => {
  test('is left with q', async () => {
    const demo = await openDemo();
    demo.write('q');
    expect((await demo.exit).exitCode).toBe(0);
    await eventually(() => demo.raw().includes('gantry demo --detach'), 'how to keep the node');
    await expectNothingLeft();
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('is ended by %s', async (signal) => {
    const demo = await openDemo();
    demo.kill(signal);
    await demo.exit;
    await expectNothingLeft();
  });

  test('is killed together with the supervisor, once any command finds the node', async () => {
    const demo = await openDemo();
    const {supervisor} = await home.snapshot();
    process.kill(demo.pid, 'SIGSTOP');
    process.kill(supervisor.pid, 'SIGKILL');
    process.kill(demo.pid, 'SIGKILL');
    await untilGone(supervisor.pid, 'the supervisor');
    expect(processesWith(home.directory).length).toBeGreaterThan(0);
    await home.run(['status']);
    await expectNothingLeft();
  });
});

test('a demo with --detach outlives the console of an earlier one', async () => {
  const demo = await openDemo();
  await home.demo(['--speed', '400']);
  demo.kill('SIGKILL');
  await demo.exit;
  const before = await home.snapshot();
  await home.until('some more snapshots', ({sequence}) => sequence > before.sequence + 4);
  expect((await home.snapshot()).engine.state).toBe('ready');
});

describe('gantry demo --once that is killed', () => {
  const temporary = (): string => path.join(home.directory, 'tmp');
  const homes = (): readonly string[] => readdirSync(temporary()).filter((name) => name.startsWith('gantry-demo-'));
  const once = (speed: string) => {
    mkdirSync(temporary(), {recursive: true});
    const env = {...home.environment, TMPDIR: temporary()};
    return startProcess(process.execPath, [gantryEntry, 'demo', '--once', '--speed', speed, '--json'], {env});
  };

  test('leaves no process and no directory', async () => {
    const demo = once('5');
    await eventually(
      () => supervisorsIn(temporary()).length > 0,
      () => `a supervisor; printed was ${demo.output()}`,
    );
    demo.child.kill('SIGKILL');
    await demo.ended;
    await eventually(() => processesWith(temporary()).length === 0 && homes().length === 0, 'nothing to be left');
  });

  test('together with its supervisor is cleaned up by the next one, which touches nothing else', async () => {
    const demo = once('5');
    const ofItsNode = `${NODE_DIRECTORY_VARIABLE}=${temporary()}/`;
    await eventually(() => processesWith(ofItsNode).length > 0, 'the simulated node');
    await eventually(() => supervisorsIn(temporary()).length > 0, 'a supervisor');
    demo.child.kill('SIGSTOP');
    for (const pid of supervisorsIn(temporary())) process.kill(pid, 'SIGKILL');
    demo.child.kill('SIGKILL');
    await demo.ended;
    mkdirSync(path.join(temporary(), 'gantry-demo-of-another'));
    const left = homes();
    expect(left).toHaveLength(2);
    const {code} = await once('200').ended;
    expect(code).toBe(0);
    expect(homes()).toEqual(['gantry-demo-of-another']);
    await eventually(() => processesWith(path.join(temporary(), left[0] ?? '')).length === 0, 'its processes to end');
  });
});

/** Supervisors with a home in this directory whose socket answers. */
function supervisorsIn(directory: string): readonly number[] {
  const isListening = readdirSync(directory).some((name) =>
    existsSync(path.join(directory, name, 'run', 'gantry.sock')),
  );
  if (!isListening) return [];
  return processesWith(`=${directory}/gantry-demo-`).filter((pid) => commandOf(pid).includes(' supervise'));
}
