import {existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import {z} from 'zod';
import {askSocket} from '../../harness/ask-socket.ts';
import {createBlockedLoop} from '../../harness/blocked-loop.ts';
import {eventually} from '../../harness/eventually.ts';
import {type CommandResult, type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {commandOf, isAlive, parentOf, processesWith, startTimeOf} from '../../harness/processes.ts';

const ROUNDS = 6;

const errorSchema = z.object({
  error: z.object({code: z.string(), remedy: z.string(), details: z.record(z.string(), z.unknown())}),
});
const restartSchema = z.object({
  previous: z.object({pid: z.number(), endedBy: z.string()}).nullable(),
  supervisor: z.object({pid: z.number()}),
  engine: z.object({state: z.string(), pid: z.number().nullable()}),
});

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

const stateFile = (name: string): string => path.join(home.directory, 'state', name);
const supervises = (pid: number): boolean => / supervise( |$)/.test(commandOf(pid));
/** Without the children of a supervisor: until such a child executes its own program, it has its parent's command. */
const supervisors = (): readonly number[] =>
  processesWith(home.directory).filter((pid) => supervises(pid) && !supervises(parentOf(pid) ?? 0));

/** A serving simulated node: its supervisor, and its engine as an identity. */
async function serving(environment: Readonly<Record<string, string>> = {}) {
  await home.demo(['--speed', '400'], environment);
  const {engine, supervisor} = await home.waitForState('ready');
  const pid = engine.pid ?? 0;
  onTestFinished(() => {
    if (isAlive(supervisor.pid)) process.kill(supervisor.pid, 'SIGCONT');
  });
  return {supervisorPid: supervisor.pid, engine: [pid, startTimeOf(pid)]};
}

async function engineNow() {
  const {engine} = await home.waitForState('ready');
  return [engine.pid, startTimeOf(engine.pid ?? 0)];
}

const answersOn = (socketPath: string): Promise<boolean> =>
  askSocket(socketPath, '/v1/snapshot').then(
    ({status}) => status === 200,
    () => false,
  );

async function restarted() {
  const {exitCode, stdout, stderr} = await home.run(['supervisor', 'restart', '--json']);
  expect(exitCode, stdout + stderr).toBe(0);
  return restartSchema.parse(JSON.parse(stdout));
}

describe('a supervisor', () => {
  test('whose runtime directory is removed listens there again, and an open console continues', async () => {
    const before = await serving();
    const screen = home.open([], {columns: 120, rows: 40});
    await screen.waitFor('the console', (text) => /ready/.test(text));
    for (let round = 0; round < 3; round += 1) {
      rmSync(path.dirname(home.socketPath), {recursive: true});
      // Commands reach it meanwhile.
      expect((await home.run(['status'])).exitCode).toBe(0);
      await eventually(() => answersOn(home.socketPath), 'the socket to be back');
      expect(statSync(home.socketPath).mode & 0o777).toBe(0o600);
    }
    expect((await home.snapshot()).supervisor.pid).toBe(before.supervisorPid);
    expect(screen.raw()).not.toMatch(/No supervisor answers|stopped|does not answer/);
    screen.write('q');
    await screen.exit;
  });

  test('whose socket is replaced by a file reports it, is reached by commands, and takes the path back later', async () => {
    const before = await serving();
    rmSync(home.socketPath);
    writeFileSync(home.socketPath, 'precious');
    const seen = async () => {
      const {stdout} = await home.run(['status', '--json']);
      return z.object({findings: z.array(z.object({code: z.string()}))}).parse(JSON.parse(stdout)).findings;
    };
    await eventually(async () => (await seen()).some(({code}) => code === 'supervisor.socket-lost'), 'the finding');
    expect(statSync(home.socketPath).size).toBe(8);
    rmSync(home.socketPath);
    await home.untilEvent(
      'the finding to be resolved',
      ({code, details}) => code === 'finding.resolved' && details['finding'] === 'supervisor.socket-lost',
    );
    expect((await home.snapshot()).supervisor.pid).toBe(before.supervisorPid);
  });

  const blocks: readonly (readonly [what: string, block: (place: string) => void, kind: string])[] = [
    ['directories', (place) => mkdirSync(place), 'is a directory'],
    ['files', (place) => writeFileSync(place, 'precious'), 'is a file of 8 bytes'],
    ['links', (place) => symlinkSync('/nowhere', place), 'is a symbolic link'],
  ];

  test.each(blocks)(
    'of whose sockets both are replaced by %s is named by commands, with each path and the remedy',
    async (_, block, kind) => {
      const places = [home.socketPath, stateFile('gantry.sock')];
      const namesBoth = ({exitCode, stderr}: CommandResult): void => {
        expect(exitCode, stderr).toBe(69);
        for (const place of places) expect(stderr).toContain(`${place} ${kind}`);
        expect(stderr).toMatch(/Move it away: mv|remove it/);
      };
      for (const place of places) mkdirSync(path.dirname(place), {recursive: true, mode: 0o700});
      for (const place of places) block(place);
      // Nothing runs yet.
      namesBoth(await home.run(['demo', '--detach']));
      for (const place of places) rmSync(place, {recursive: true});
      const before = await serving();
      for (const place of places) rmSync(place);
      for (const place of places) block(place);
      for (const command of ['status', 'down']) {
        const result = await home.run([command]);
        namesBoth(result);
        expect(isAlive(before.supervisorPid)).toBe(true);
        if (kind !== 'is a symbolic link') expect(result.stderr).toContain(`(pid ${before.supervisorPid}) runs`);
      }
      for (const place of places) rmSync(place, {recursive: true});
      expect(await engineNow()).toEqual(before.engine);
      expect((await home.snapshot()).supervisor.pid).toBe(before.supervisorPid);
    },
  );

  test('whose lock and sockets are deleted again and again while commands start stays the only one', async () => {
    const before = await serving();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const file of [home.socketPath, stateFile('gantry.sock'), stateFile('supervisor.lock')])
        rmSync(file, {force: true});
      const answers = await Promise.all(Array.from({length: 3}, () => home.run(['status', '--json'])));
      for (const {exitCode, stdout, stderr} of answers) expect(exitCode, stdout + stderr).toBe(0);
    }
    expect(supervisors()).toEqual([before.supervisorPid]);
    expect(await engineNow()).toEqual(before.engine);
    await eventually(() => existsSync(stateFile('supervisor.lock')), 'the lock to be back');
  });

  test('that is stopped by a signal is named by every command, and replaced by gantry supervisor restart', async () => {
    const before = await serving();
    process.kill(before.supervisorPid, 'SIGSTOP');
    for (const words of [
      ['status'],
      ['up'],
      ['restart'],
      ['down'],
      ['logs'],
      ['events'],
      ['config'],
      ['up', '--dry-run'],
    ]) {
      expectNotResponding(await home.run([...words, '--json']), 'stopped', before.supervisorPid);
    }
    const after = await restarted();
    expect(after).toMatchObject({previous: {pid: before.supervisorPid, endedBy: 'SIGTERM'}});
    expect(isAlive(before.supervisorPid)).toBe(false);
    expect(await engineNow()).toEqual(before.engine);
    expect(supervisors()).toEqual([after.supervisor.pid]);
  });

  test('whose main loop is blocked is named by commands, and killed by gantry supervisor restart; the engine serves', async () => {
    const loop = createBlockedLoop(home);
    const before = await serving(loop.environment);
    loop.block();
    expectNotResponding(await home.run(['status', '--json']), 'computing', before.supervisorPid);
    loop.release();
    await home.waitForState('ready');
    loop.block();
    const restart = restarted();
    await eventually(() => !isAlive(before.supervisorPid), 'the blocked supervisor to be killed');
    const after = await restart;
    loop.release();
    expect(after).toMatchObject({previous: {pid: before.supervisorPid, endedBy: 'SIGKILL'}});
    expect(await engineNow()).toEqual(before.engine);
  });

  test('is replaced by gantry supervisor restart while it is well, without a socket, and when there is none', async () => {
    const before = await serving();
    const first = await restarted();
    expect(first).toMatchObject({previous: {pid: before.supervisorPid, endedBy: 'SIGTERM'}});
    rmSync(stateFile('supervisor.lock'));
    rmSync(stateFile('gantry.sock'));
    rmSync(home.socketPath);
    const second = await restarted();
    expect(second).toMatchObject({previous: {pid: first.supervisor.pid}});
    await home.killSupervisor();
    const third = await restarted();
    expect(third.previous).toBeNull();
    expect(await engineNow()).toEqual(before.engine);
    expect(supervisors()).toEqual([third.supervisor.pid]);
  });
});

function expectNotResponding({exitCode, stdout, stderr}: CommandResult, cause: string, pid: number): void {
  const {error} = errorSchema.parse(JSON.parse(stdout === '' ? '{}' : stdout));
  expect(error, stdout + stderr).toMatchObject({code: 'supervisor.not-responding', details: {cause, pid}});
  expect(error.remedy).toContain('gantry supervisor restart');
  expect(exitCode).toBe(69);
}
