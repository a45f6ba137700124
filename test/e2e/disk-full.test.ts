import {execFileSync} from 'node:child_process';
import {closeSync, openSync, writeSync} from 'node:fs';
import {mkdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createHome, type GantryHome} from '../harness/gantry-home.ts';
import {isAlive, processesWith} from '../harness/processes.ts';

let home: GantryHome;
let state: string;
let isMounted = false;
beforeEach(async () => {
  home = await createHome();
  state = path.join(home.directory, 'state');
  await mkdir(state, {mode: 0o700});
  isMounted = mount(state);
});
afterEach(async () => {
  await home.stop();
  if (isMounted) execFileSync('umount', ['-l', state]);
  await home.close();
});

/** A small disk of its own; false where this user may not mount one. */
function mount(directory: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', directory], {stdio: 'pipe'});
    return true;
  } catch (error) {
    console.warn(`NOT TESTED: a full disk, since no tmpfs can be mounted here (${String(error).split('\n')[0]})`);
    return false;
  }
}

/** Writes until there is no room left, not even for a line. */
function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (const size of [1 << 20, 1 << 12, 1]) {
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(size));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

test('a full state disk is reported, stops nothing, and is resolved once there is space', async (context) => {
  if (!isMounted) context.skip();
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  const filler = path.join(state, 'filler');
  fill(filler);
  const told = async (): Promise<readonly string[]> => (await home.snapshot()).findings.map(({code}) => code);
  // Nothing is stopped for what could not be started.
  const kept = await home.run(['restart', '--context', '131072']);
  expect([kept.exitCode, kept.stderr]).toEqual([1, expect.stringMatching(/.*ENOSPC/)]);
  expect((await home.snapshot()).engine).toMatchObject({state: 'ready', pid: engine.pid});
  // Another one, that has to write its lock first.
  await home.killSupervisor();
  const refused = await home.run(['status']);
  expect(isAlive(engine.pid ?? 0)).toBe(true);
  expect([refused.exitCode, refused.stderr]).toEqual([expect.any(Number), expect.stringMatching(/ENOSPC|no space/i)]);
  expect(refused.exitCode).not.toBe(0);
  await rm(filler);
  const after = await home.waitForState('ready');
  expect(after.engine.pid).toBe(engine.pid);
  const restarted = await home.run(['restart', '--context', '131072', '--wait']);
  expect(restarted.exitCode, restarted.stderr).toBe(0);
  expect(await told()).not.toContain('journal.unusable');
});

test('a state directory that becomes read-only is reported, stops nothing, and no restart is started', async (context) => {
  if (!isMounted) context.skip();
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  // Over itself: a file system with files open for writing cannot itself be made read-only.
  execFileSync('mount', ['--bind', state, state]);
  try {
    execFileSync('mount', ['-o', 'remount,bind,ro', state]);
    const kept = await home.run(['restart', '--context', '131072']);
    expect([kept.exitCode, kept.stderr]).toEqual([1, expect.stringMatching(/.*EROFS/)]);
    expect((await home.snapshot()).engine).toMatchObject({state: 'ready', pid: engine.pid});
  } finally {
    execFileSync('umount', ['-l', state]);
  }
});

test('a stop completes on a full state disk, and the next start is refused until there is space', async (context) => {
  if (!isMounted) context.skip();
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  const filler = path.join(state, 'filler');
  fill(filler);
  const down = await home.run(['down', '--json']);
  expect(down.exitCode, down.stderr).toBe(0);
  expect(isAlive(engine.pid ?? 0)).toBe(false);
  expect(processesWith(`GANTRY_RUN_ID=${engine.runId}`)).toEqual([]);
  const refused = await home.run(['up']);
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/ENOSPC|no space/i)]);
  await rm(filler);
  const started = await home.run(['up', '--wait']);
  expect(started.exitCode, started.stderr).toBe(0);
});

test.for(['full', 'read-only'])(
  'an engine without a supervisor is stopped although the state directory is %s',
  async (how, context) => {
    if (!isMounted) context.skip();
    await home.demo(['--speed', '400']);
    const {engine} = await home.waitForState('ready');
    await home.killSupervisor();
    const filler = path.join(state, 'filler');
    if (how === 'full') fill(filler);
    else {
      execFileSync('mount', ['--bind', state, state]);
      execFileSync('mount', ['-o', 'remount,bind,ro', state]);
    }
    try {
      const waiting = await home.run(['down', '--drain', '60s']);
      expect([waiting.exitCode, isAlive(engine.pid ?? 0)]).toEqual([69, true]);
      const down = await home.run(['down']);
      expect([down.exitCode, down.stdout], down.stderr).toEqual([0, expect.stringMatching(/could not be recorded/)]);
      expect(processesWith(`GANTRY_RUN_ID=${engine.runId}`)).toEqual([]);
      expect((await home.run(['down'])).exitCode, 'nothing is left to stop').not.toBe(0);
    } finally {
      if (how === 'full') await rm(filler);
      else execFileSync('umount', ['-l', state]);
    }
    expect((await home.run(['down'])).exitCode).toBe(0);
  },
);

test('a stop completes in a read-only state directory; no supervisor starts there, says why, and the engine serves', async (context) => {
  if (!isMounted) context.skip();
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  // Over itself, below a supervisor that runs: a file system with files open for writing cannot be made read-only.
  const makeReadOnly = (): void => {
    execFileSync('mount', ['--bind', state, state]);
    execFileSync('mount', ['-o', 'remount,bind,ro', state]);
  };
  const makeWritable = (): Buffer => execFileSync('umount', ['-l', state]);
  makeReadOnly();
  try {
    await home.killSupervisor();
    const refused = await home.run(['status']);
    expect([refused.exitCode, refused.stderr]).toEqual([69, expect.stringMatching(/EROFS|read-only/i)]);
    expect(refused.stderr).not.toContain('no engine');
    expect(isAlive(engine.pid ?? 0)).toBe(true);
  } finally {
    makeWritable();
  }
  expect((await home.waitForState('ready')).engine.pid).toBe(engine.pid);
  makeReadOnly();
  try {
    const down = await home.run(['down', '--json']);
    expect(down.exitCode, down.stderr).toBe(0);
    expect(isAlive(engine.pid ?? 0)).toBe(false);
  } finally {
    makeWritable();
  }
});
