import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import {z} from 'zod';
import {scopeArguments} from '../../../src/domain/diagnosis/logout-survival.ts';
import {runIdentitySchema} from '../../../src/domain/lifecycle/run-identity.ts';
import {readProcStatSync} from '../../../src/supervisor/process/proc-stat.ts';
import {isSameProcess, readIdentity} from '../../../src/supervisor/process/process-identity.ts';
import {killSession, listSession, terminateLeader, waitUntilGone} from '../../../src/supervisor/process/session.ts';
import {spawnEngine} from '../../../src/supervisor/process/spawn-engine.ts';
import {eventually} from '../../harness/eventually.ts';
import {createBench, exitOf, fake, logWith} from './process-bench.ts';

const bench = createBench();
afterAll(() => bench.clean());

const workersSchema = z.object({plain: z.number(), detached: z.number(), titled: z.number()});

describe('an exit status', () => {
  test.each([0, 3, 255])('of %i is recorded, also if the engine exits immediately', async (status) => {
    const run = await bench.spawn(fake('engine-exits.sh'), [String(status)]);
    expect(await exitOf(run)).toEqual({status});
    expect(await logWith(run, `ending with status ${status}\n`)).toBeTruthy();
  });

  test('is 128 + signal for an engine that was killed', async () => {
    const run = await bench.spawn(fake('engine-steady.sh'));
    process.kill(run.pid, 'SIGKILL');
    expect(await exitOf(run)).toEqual({status: 137});
  });

  test('is recorded even if the complete process group receives SIGTERM', async () => {
    const run = await bench.spawn(fake('engine-steady.sh'));
    await logWith(run, 'line 1\n');
    process.kill(-run.sessionId, 'SIGTERM');
    expect(await exitOf(run)).toEqual({status: 143});
  });

  test('is unknown if the shim was killed before it could record', async () => {
    const run = await bench.spawn(fake('engine-steady.sh'));
    process.kill(run.sessionId, 'SIGKILL');
    await eventually(() => (readProcStatSync(run.sessionId) === null ? true : null), 'the end of the shim');
    expect(isSameProcess(run)).toBe(true);
    process.kill(run.pid, 'SIGKILL');
    expect(await exitOf(run)).toEqual({status: null});
  });
});

test('an exit whose status cannot be read, because a directory is in its place, is known without it', async () => {
  const run = await bench.spawn(fake('engine-steady.sh'));
  await mkdir(path.join(run.directory, 'exit-status'));
  process.kill(run.pid, 'SIGKILL');
  expect(await exitOf(run)).toEqual({status: null});
});

describe('an engine in its own scope', () => {
  test('has its own session, its identity and a recorded exit, as without one', async () => {
    const note = path.join(bench.newDirectory(), 'note');
    const [, ...options] = scopeArguments(
      {hasSystemd: true, user: 'op', isLingering: true, killsUserProcesses: true},
      'bench-scope',
    );
    const run = await bench.spawn(fake('engine-steady.sh'), [], {
      launcher: [fake('systemd-run.sh'), ...options],
      environment: {...process.env, SYSTEMD_RUN_NOTE: note},
    });
    expect(await readFile(note, 'utf8')).toMatch(
      /^--user --scope --collect --quiet --unit=gantry-engine-bench-scope -- /,
    );
    expect(readProcStatSync(run.pid)).toMatchObject({sessionId: run.sessionId, startTimeTicks: run.startTimeTicks});
    const members = (await listSession(run)).map(({pid}) => pid);
    expect(members).toEqual(expect.arrayContaining([run.sessionId, run.pid]));
    process.kill(run.pid, 'SIGTERM');
    expect(await exitOf(run)).toEqual({status: 143});
  });
});

describe('a spawned engine', () => {
  test('is identified by its own pid, in its own session, with its pid in a file', async () => {
    const run = await bench.spawn(fake('engine-steady.sh'));
    const own = readProcStatSync(run.pid);
    expect(own).toMatchObject({
      sessionId: run.sessionId,
      startTimeTicks: run.startTimeTicks,
      command: 'engine-steady.s',
    });
    expect(run.sessionId).not.toBe(run.pid);
    expect(readProcStatSync(process.pid)?.sessionId).not.toBe(run.sessionId);
    expect(await readFile(path.join(run.directory, 'engine.pid'), 'utf8')).toBe(`${run.pid}\n`);
    expect((await stat(path.join(run.directory, 'engine.log'))).mode & 0o777).toBe(0o600);
  });

  test('ignores no signal and writes to no pipe', async () => {
    const run = await bench.spawn('/bin/sh', [
      '-c',
      'grep -E "^Sig(Ign|Cgt)" /proc/self/status; for n in 0 1 2; do readlink /proc/$$/fd/$n; done; echo done',
    ]);
    const log = await logWith(run, 'done');
    const file = path.join(run.directory, 'engine.log');
    expect(log).toMatch(/SigIgn:\s+0000000000000000\n/u);
    expect(log).toContain(`/dev/null\n${file}\n${file}\n`);
  });

  test('gets its arguments unchanged, whatever they contain', async () => {
    const argv = ['a b', '$HOME', '"q"', "it's", '', '*', '`id`'];
    const run = await bench.spawn('/bin/sh', [
      '-c',
      'for word in "$@"; do echo "<$word>"; done; echo done',
      'sh',
      ...argv,
    ]);
    expect(await logWith(run, 'done')).toBe(`${argv.map((word) => `<${word}>\n`).join('')}done\n`);
  });

  test('that does not exist is an error with its name and the searched places', async () => {
    const request = {
      arguments: [],
      environment: {PATH: '/usr/bin:/bin'},
      directory: bench.newDirectory(),
      runId: 'none',
      record: null,
      secretOptions: [],
    };
    expect(await spawnEngine({...request, executable: 'no-such-engine'})).toMatchObject({
      ok: false,
      error: {
        code: 'process.executable-not-found',
        message: 'The program "no-such-engine" is not on PATH (/usr/bin:/bin).',
      },
    });
    expect(await spawnEngine({...request, executable: '/etc/passwd'})).toMatchObject({
      ok: false,
      error: {
        code: 'process.executable-not-found',
        message: '/etc/passwd does not exist or is not an executable file.',
      },
    });
  });

  test('is not started with a secret on its command line', async () => {
    const request = {
      executable: '/bin/echo',
      environment: process.env,
      directory: bench.newDirectory(),
      runId: 'secret',
      record: null,
      secretOptions: ['--api-key'],
    };
    for (const argv of [['--api-key', 'sk-1'], ['--api-key=sk-1']]) {
      const spawned = await spawnEngine({...request, arguments: argv});
      expect(spawned).toMatchObject({ok: false, error: {code: 'process.secret-on-command-line'}});
      expect(JSON.stringify(spawned)).not.toContain('sk-1');
    }
  });
});

describe('an engine whose supervisor is killed', () => {
  test('keeps serving and logging, is adopted by its identity, and its exit is still detected', async () => {
    const directory = bench.newDirectory();
    const script = path.join(import.meta.dirname, 'spawn-and-wait.ts');
    const parent = spawn(process.execPath, [script, directory, 'orphan-run', fake('engine-steady.sh')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line]: unknown[] = await once(parent.stdout, 'data');
    const {value} = z.object({value: runIdentitySchema}).parse(JSON.parse(String(line)));
    const run = bench.keep(value);
    await logWith(run, 'line 2\n');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const {size} = await stat(path.join(directory, 'engine.log'));
    await eventually(
      async () => ((await stat(path.join(directory, 'engine.log'))).size > size + 20 ? true : null),
      'a log that grows',
    );
    expect(isSameProcess(run)).toBe(true);
    expect((await listSession(run)).map((member) => member.pid)).toEqual(
      expect.arrayContaining([run.pid, run.sessionId]),
    );
    expect(terminateLeader(run)).toBe(true);
    expect(await exitOf(run)).toEqual({status: 143});
    expect(await waitUntilGone(run, {timeoutMs: 5_000, pollMs: 20})).toEqual([]);
  });
});

describe('stopping', () => {
  test('an engine that ignores SIGTERM gets SIGKILL, which the shim records', async () => {
    const run = await bench.spawn(fake('engine-stubborn.mjs'));
    await logWith(run, 'up');
    expect(terminateLeader(run)).toBe(true);
    await logWith(run, 'SIGTERM ignored');
    expect(isSameProcess(run)).toBe(true);
    expect(await killSession(run)).toEqual([]);
    expect(await exitOf(run)).toEqual({status: 137});
  });

  test('reaches workers that outlive the engine, in any session and environment, and no other process', async () => {
    const bystander = spawn('/bin/sleep', ['600'], {stdio: 'ignore'});
    const run = await bench.spawn(fake('engine-with-workers.mjs'));
    const workers = workersSchema.parse(JSON.parse(await logWith(run, '}\n')));
    const all = [run.pid, run.sessionId, ...Object.values(workers)].toSorted((a, b) => a - b);
    const listed = await listSession(run);
    expect(listed.map((member) => member.pid).toSorted((a, b) => a - b)).toEqual(all);
    expect(listed.filter((member) => member.isShim).map((member) => member.pid)).toEqual([run.sessionId]);
    expect(terminateLeader(run)).toBe(true);
    expect(await exitOf(run)).toEqual({status: 0});
    await eventually(() => (readProcStatSync(run.sessionId) === null ? true : null), 'the end of the shim');
    const orphans = (await listSession(run)).map((member) => member.pid).toSorted((a, b) => a - b);
    expect(orphans).toEqual(Object.values(workers).toSorted((a, b) => a - b));
    expect(await killSession(run)).toEqual([]);
    for (const pid of Object.values(workers)) expect(readProcStatSync(pid)).toBeNull();
    expect(bystander.exitCode).toBeNull();
    expect(readProcStatSync(bystander.pid ?? 0)).not.toBeNull();
    bystander.kill();
  });

  test('never touches a process that only has the pid of an earlier run', async () => {
    const bystander = spawn('/bin/sleep', ['600'], {stdio: 'ignore', detached: true});
    const pid = bystander.pid ?? 0;
    const identity = readIdentity(pid);
    if (identity === null) throw new Error('the bystander is alive');
    const over = {...identity, runId: 'over', sessionId: pid, startedAtMs: 0, directory: bench.newDirectory()};
    const before = {...over, startTimeTicks: String(BigInt(identity.startTimeTicks) - 100n)};
    const otherBoot = {...over, bootId: '00000000-0000-0000-0000-000000000000'};
    for (const run of [before, otherBoot]) {
      expect(isSameProcess(run)).toBe(false);
      expect(terminateLeader(run)).toBe(false);
      expect(await listSession(run)).toEqual([]);
      expect(await killSession(run)).toEqual([]);
    }
    expect(readProcStatSync(pid)?.startTimeTicks).toBe(identity.startTimeTicks);
    bystander.kill();
  });
});
