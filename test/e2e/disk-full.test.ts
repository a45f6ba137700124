import {execFileSync} from 'node:child_process';
import {appendFileSync, closeSync, openSync, readdirSync, readFileSync, statSync, writeSync} from 'node:fs';
import {mkdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createHome, type GantryHome} from '../harness/gantry-home.ts';
import {isAlive, processesWith} from '../harness/processes.ts';

/** Of a tmpfs. */
const BLOCK_BYTES = 4096;

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

const told = async (): Promise<readonly string[]> => (await home.snapshot()).findings.map(({code}) => code);

/** Also no line fits into the last block of the journal. */
function fillWithJournal(file: string): void {
  const journal = path.join(state, 'journal.jsonl');
  appendFileSync(journal, '\n'.repeat(BLOCK_BYTES - (statSync(journal).size % BLOCK_BYTES)));
  fill(file);
}

test('a full state disk is reported, stops nothing, and is resolved once there is space', async (context) => {
  if (!isMounted) context.skip();
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  const filler = path.join(state, 'filler');
  fill(filler);
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
  fillWithJournal(filler);
  const down = await home.run(['down', '--json']);
  expect(down.exitCode, down.stderr).toBe(0);
  expect(JSON.parse(down.stdout)).toMatchObject({end: 'stopped-noted'});
  expect(await told()).toContain('journal.stop-noted');
  expect(isAlive(engine.pid ?? 0)).toBe(false);
  expect(processesWith(`GANTRY_RUN_ID=${engine.runId}`)).toEqual([]);
  const refused = await home.run(['up']);
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/ENOSPC|no space/i)]);
  await rm(filler);
  const started = await home.run(['up', '--wait']);
  expect(started.exitCode, started.stderr).toBe(0);
  expect(await told()).not.toContain('journal.stop-noted');
});

test('a stop that could not be journaled is no crash for the next supervisor, which journals it', async (context) => {
  if (!isMounted) context.skip();
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  const filler = path.join(state, 'filler');
  fillWithJournal(filler);
  expect((await home.run(['down'])).exitCode).toBe(0);
  const {takenAtMs} = await home.snapshot();
  // Its own log is full, too: a line that it cannot write must not end it.
  await home.until('some seconds without room for a line', (now) => now.takenAtMs > takenAtMs + 3_000);
  await home.killSupervisor();
  expect(marksIn(home)).toHaveLength(1);
  await rm(filler);
  await expectStopped();
});

/** The next supervisor, after a stop that only a mark records. */
async function expectStopped(): Promise<void> {
  const {engine} = await home.until('the end of the run', (now) => now.engine.runId === null);
  expect(engine).toMatchObject({state: 'stopped', exit: {wasRequested: true}, backOff: null});
  expect((await home.events()).map(({code}) => code)).not.toContain('engine.backing-off');
  const journal = readFileSync(path.join(state, 'journal.jsonl'), 'utf8');
  expect(journal.match(/"verb":"stop"/g)).toHaveLength(1);
  expect(marksIn(home)).toEqual([]);
}

/** Notes of stops that are not in the journal. */
function marksIn({directory}: GantryHome): readonly string[] {
  return readdirSync(path.join(directory, 'run')).filter((name) => name.startsWith('gantry-stop-'));
}

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
      expect([waiting.exitCode, isAlive(engine.pid ?? 0)]).toEqual([1, true]);
      expect(waiting.stderr).toMatch(/cannot be drained.*\n.*gantry down, without --drain, stops the engine/);
      const down = await home.run(['down', '--json']);
      expect([down.exitCode, JSON.parse(down.stdout)], down.stderr).toMatchObject([
        0,
        {end: 'stopped-noted', message: expect.stringMatching(/could not be written to the journal/)},
      ]);
      expect(processesWith(`GANTRY_RUN_ID=${engine.runId}`)).toEqual([]);
      expect((await home.run(['down'])).exitCode, 'nothing is left to stop').not.toBe(0);
    } finally {
      if (how === 'full') await rm(filler);
      else execFileSync('umount', ['-l', state]);
    }
    await expectStopped();
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
