import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {createServer} from 'node:net';
import {hostname} from 'node:os';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {readIdentity} from '../../../../src/supervisor/process/process-identity.ts';
import {findLivingSupervisor} from '../../../../src/supervisor/state-dir/lock/living-supervisor.ts';
import {supervisorLockPath} from '../../../../src/supervisor/state-dir/lock/lock-holder.ts';
import {acquireSupervisorLock} from '../../../../src/supervisor/state-dir/lock/supervisor-lock.ts';
import {eventually} from '../../../harness/eventually.ts';
import {type StartedProcess, startProcess} from '../../../harness/processes.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';

let stateDir: string;
beforeEach(() => {
  stateDir = temporaryDirectory('lock');
});

async function end(starters: readonly StartedProcess[]): Promise<void> {
  for (const starter of starters) starter.child.kill('SIGKILL');
  await Promise.all(starters.map(({ended}) => ended));
}

/** Starts this many processes that try at the same moment, and says what each of them said. */
async function race(count: number) {
  const script = path.join(import.meta.dirname, 'take-lock.ts');
  const starters = Array.from({length: count}, () => startProcess(process.execPath, [script, stateDir]));
  const line = (index: number) =>
    eventually(
      () => starters.every(({output}) => output().split('\n').length > index + 1),
      () => `line ${index + 1} of every starter: ${JSON.stringify(starters.map(({output}) => output()))}`,
    );
  await line(0);
  for (const {child} of starters) child.stdin?.write('go\n');
  await line(1);
  return {starters, replies: starters.map(({output}) => output().split('\n')[1] ?? '')};
}

const oneWins = (count: number) => ['won', ...Array.from({length: count - 1}, () => 'supervisor.already-running')];
const ranked = (replies: readonly string[]) => replies.toSorted((a, b) => Number(b === 'won') - Number(a === 'won'));

describe('of concurrent starters exactly one wins', () => {
  test.each([2, 8])('on a fresh directory (%i starters)', async (count) => {
    expect(ranked((await race(count)).replies)).toEqual(oneWins(count));
    expect(readdirSync(stateDir)).toEqual(['supervisor.lock']);
  });

  test.each([2, 8])('after the last holder was killed (%i starters), repeatedly', async (count) => {
    for (let round = 0; round < 3; round += 1) {
      const {replies, starters} = await race(count);
      expect(ranked(replies)).toEqual(oneWins(count));
      await end(starters);
    }
    expect(readdirSync(stateDir)).toEqual(['supervisor.lock']);
  });
});

describe('a lock', () => {
  const holder = {...(readIdentity(process.pid) ?? {}), hostname: 'elsewhere', nonce: 'n'};

  async function take() {
    const lock = await acquireSupervisorLock({stateDir});
    if (!lock.ok) throw new Error(lock.error.message);
    return lock.value;
  }

  test('that is held is refused with its holder, and free again after its release', async () => {
    const lock = await take();
    expect(await acquireSupervisorLock({stateDir})).toMatchObject({
      ok: false,
      error: {code: 'supervisor.already-running', message: expect.stringContaining(`pid ${process.pid}`)},
    });
    await lock.release();
    expect(readdirSync(stateDir)).toEqual([]);
    await (await take()).release();
  });

  test.each([
    ['a pid that changed hands', {startTimeTicks: '1'}],
    ['a pid that is gone', {pid: 2 ** 22 + 1}],
  ])('of %s is taken over', async (_name, change) => {
    writeFileSync(supervisorLockPath(stateDir), JSON.stringify({...holder, ...change}));
    await take();
    expect(readFileSync(supervisorLockPath(stateDir), 'utf8')).toContain(`"pid":${process.pid}`);
  });

  test('of another boot of this host is taken over, of another host is not', async () => {
    const otherBoot = {...holder, bootId: '00000000-0000-0000-0000-000000000000'};
    writeFileSync(supervisorLockPath(stateDir), JSON.stringify(otherBoot));
    expect(await acquireSupervisorLock({stateDir})).toMatchObject({
      ok: false,
      error: {code: 'supervisor.held-elsewhere', message: expect.stringContaining('elsewhere')},
    });
    writeFileSync(supervisorLockPath(stateDir), JSON.stringify({...otherBoot, hostname: hostname()}));
    await take();
  });

  describe('of another container of this host, whose pids say nothing here', () => {
    const other = {...holder, pid: 2 ** 22 + 1, pidNamespace: 'pid:[1]'};
    const aged = (seconds: number): void => {
      const file = supervisorLockPath(stateDir);
      writeFileSync(file, JSON.stringify(other));
      const at = Date.now() / 1000 - seconds;
      utimesSync(file, at, at);
    };

    test('is refused while something listens on its socket', async () => {
      aged(3_600);
      const server = createServer().listen(path.join(stateDir, 'gantry.sock'));
      await once(server, 'listening');
      const lock = await acquireSupervisorLock({stateDir});
      server.close();
      expect(lock).toMatchObject({
        ok: false,
        error: {code: 'supervisor.held-elsewhere', message: expect.stringContaining('in the container elsewhere')},
      });
      expect(readFileSync(supervisorLockPath(stateDir), 'utf8')).toContain('pid:[1]');
    });

    test('is taken over if nothing does, but not before it had time to', async () => {
      aged(9);
      const startedMs = performance.now();
      await take();
      expect(performance.now() - startedMs).toBeGreaterThan(500);
    });

    test('that appears under a supervisor is reported and left in place', async () => {
      const lock = await take();
      unlinkSync(supervisorLockPath(stateDir));
      aged(0);
      expect(await lock.keep()).toMatchObject({ok: false, error: {code: 'supervisor.held-elsewhere'}});
      expect(readFileSync(supervisorLockPath(stateDir), 'utf8')).toContain('pid:[1]');
    });
  });

  test.each(['', '{"pid":', 'null'])(
    'with the content %j, which no supervisor wrote, is taken over',
    async (content) => {
      writeFileSync(supervisorLockPath(stateDir), content);
      await take();
      expect(readdirSync(stateDir)).toEqual(['supervisor.lock']);
    },
  );

  test('that is longer than any string is taken over', async () => {
    writeFileSync(supervisorLockPath(stateDir), '');
    truncateSync(supervisorLockPath(stateDir), 3 * 1024 ** 3);
    await take();
    expect(readdirSync(stateDir)).toEqual(['supervisor.lock']);
  });

  test.each<[string, () => void]>([
    ['a directory', () => mkdirSync(path.join(supervisorLockPath(stateDir), 'inside'), {recursive: true})],
    ['a link into nothing', () => symlinkSync('/nowhere', supervisorLockPath(stateDir))],
    ['a pipe', () => void execFileSync('sh', ['-c', 'mkfifo "$0"', supervisorLockPath(stateDir)])],
  ])('with %s in its place is taken, and that is kept and named', async (_, make) => {
    make();
    const [aside = ''] = (await take()).displaced;
    expect(readdirSync(stateDir).toSorted()).toEqual(['supervisor.lock', path.basename(aside)]);
    expect(await findLivingSupervisor({stateDir})).toMatchObject({pid: process.pid});
  });

  test('with garbage in it is taken over', async () => {
    writeFileSync(supervisorLockPath(stateDir), Buffer.from(Array.from({length: 70_000}, (_, at) => (at * 97) % 251)));
    expect((await take()).displaced).toEqual([]);
    expect(readdirSync(stateDir)).toEqual(['supervisor.lock']);
  });

  test('that cannot be written is an error, not an exception', async () => {
    expect(await acquireSupervisorLock({stateDir: path.join(stateDir, 'none')})).toMatchObject({
      ok: false,
      error: {code: 'supervisor.lock-unusable'},
    });
  });
});
