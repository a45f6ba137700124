import {chmodSync, chownSync, lchownSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync} from 'node:fs';
import {createServer} from 'node:http';
import path from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {z} from 'zod';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';
import {findTwoUsers, type OsUser, runAs} from '../harness/os-users.ts';
import {isAlive} from '../harness/processes.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';

const found = findTwoUsers();
if ('missing' in found) console.warn(`NOT TESTED: what a second OS user can reach (${found.missing}).`);
const withUsers = test.skipIf('missing' in found);
const [owner, intruder]: readonly [OsUser, OsUser] =
  'users' in found
    ? found.users
    : [
        {name: '', uid: 0, gid: 0},
        {name: '', uid: 0, gid: 0},
      ];

const intruderEntry = new URL('../fakes/intruder.mjs', import.meta.url).pathname;
const gantry = new URL('../../bin/gantry.js', import.meta.url).pathname;
const reportSchema = z.object({tried: z.number(), done: z.array(z.string()), commandLines: z.array(z.string())});

const secret = 'hf_planted0123456789abcdefghijkl';

/** A home of the owner, in which everyone may look around, as in a home directory with mode 0755. */
async function openOwnersHome(): Promise<{
  readonly home: GantryHome;
  readonly gantryAs: (
    user: OsUser,
    words: readonly string[],
    env?: Record<string, string>,
    mask?: string,
  ) => ReturnType<typeof runAs>;
}> {
  const home = await openHome();
  chownSync(home.directory, owner.uid, owner.gid);
  chmodSync(home.directory, 0o755);
  const gantryAs = (user: OsUser, words: readonly string[], env: Record<string, string> = {}, mask = '000') =>
    runAs(user, [gantry, ...words], {env: {...home.environment, HF_TOKEN: secret, ...env}, mask});
  return {home, gantryAs};
}

async function attack(directory: string): Promise<z.infer<typeof reportSchema>> {
  const run = await runAs(intruder, [intruderEntry, String(owner.uid), directory], {env: {PATH: '/usr/bin:/bin'}});
  return reportSchema.parse(JSON.parse(run.stdout));
}

withUsers('another user of the host reads nothing and reaches nothing, whatever the file mode mask', async () => {
  const {home, gantryAs} = await openOwnersHome();
  const {directory} = home;
  expect((await gantryAs(owner, ['config', 'rotate-key'])).exitCode).toBe(0);
  const demo = await gantryAs(owner, ['demo', '--detach', '--speed', '400'], {}, '000');
  expect(demo.exitCode, demo.stderr).toBe(0);
  const {engine, supervisor} = await home.waitForState('ready');
  const report = await gantryAs(owner, ['report', '--output', path.join(directory, 'report.tar.gz')]);
  expect(report.exitCode, report.stderr).toBe(0);
  const key = readFileSync(path.join(directory, 'state', 'api-key'), 'utf8').trim();
  const {tried, done, commandLines} = await attack(directory);
  expect(tried).toBeGreaterThan(60);
  // The home itself is open to everyone here, by its owner's wish.
  expect(done).toEqual([`listed ${directory}`]);
  expect(commandLines.length).toBeGreaterThan(8);
  expect(commandLines.filter((line) => line.includes(key) || line.includes(secret))).toEqual([]);
  // A port has no owner: the key guards it.
  expect((await fetch(`http://127.0.0.1:${home.port}/v1/models`)).status).toBe(401);
  for (const words of [['status'], ['down'], ['config', 'rotate-key'], ['up']]) {
    const asIntruder = await gantryAs(intruder, words);
    expect([asIntruder.exitCode === 0, asIntruder.stderr.includes('belongs to user id')]).toEqual([false, true]);
  }
  const after = await home.snapshot();
  expect([after.engine.state, after.engine.pid, after.supervisor.pid]).toEqual(['ready', engine.pid, supervisor.pid]);
  expect(readFileSync(path.join(directory, 'state', 'api-key'), 'utf8').trim()).toBe(key);
});

withUsers('its owner can use it, even with a mask that takes every right', async () => {
  const {home, gantryAs} = await openOwnersHome();
  const demo = await gantryAs(owner, ['demo', '--detach', '--speed', '400'], {}, '0777');
  expect(demo.exitCode, demo.stderr).toBe(0);
  const {engine} = await home.waitForState('ready');
  expect((await attack(home.directory)).done).toEqual([`listed ${home.directory}`]);
  const status = await gantryAs(owner, ['status', '--json'], {}, '0777');
  expect([
    status.exitCode,
    z.object({engine: z.object({pid: z.number()})}).parse(JSON.parse(status.stdout)).engine.pid,
  ]).toEqual([0, engine.pid]);
  expect(isAlive(engine.pid ?? 0)).toBe(true);
});

withUsers('what another user planted is neither followed, changed nor talked to', async () => {
  const {home, gantryAs} = await openOwnersHome();
  const shared = temporaryDirectory('planted');
  chmodSync(shared, 0o1777);
  const victim = path.join(home.directory, 'victim');
  mkdirSync(victim);
  chownSync(victim, owner.uid, owner.gid);
  chmodSync(victim, 0o755);
  symlinkSync(victim, path.join(shared, 'link'));
  lchownSync(path.join(shared, 'link'), intruder.uid, intruder.gid);
  const theirs = path.join(shared, 'theirs');
  mkdirSync(theirs);
  let contacts = 0;
  const server = createServer((_, response) => {
    contacts += 1;
    response.end('{}');
  });
  server.on('connection', () => {
    contacts += 1;
  });
  const planted = path.join(theirs, 'gantry.sock');
  await new Promise<void>((resolve) => server.listen(planted, resolve));
  onTestFinished(() => void server.close());
  for (const file of [theirs, planted]) chownSync(file, intruder.uid, intruder.gid);
  chmodSync(theirs, 0o777);
  chmodSync(planted, 0o777);
  const refusals = [
    [{GANTRY_STATE_DIR: path.join(shared, 'link')}, /symbolic link|unsafe|not safe/],
    [{GANTRY_DATA_DIR: path.join(shared, 'link')}, /symbolic link|not safe/],
    [{GANTRY_RUNTIME_DIR: theirs}, /belongs to user id/],
    [{GANTRY_STATE_DIR: path.join(theirs, 'gantry')}, /belongs to user id/],
    [{GANTRY_STATE_DIR: '/tmp'}, /Other users can write|belongs to user id/],
    [{GANTRY_DATA_DIR: shared}, /Other users can write|belongs to user id/],
  ] as const;
  for (const [env, reason] of refusals) {
    for (const words of [['status'], ['up', '--dry-run'], ['demo', '--detach']]) {
      const run = await gantryAs(owner, words, env);
      expect(
        [run.exitCode === 0, reason.test(run.stderr)],
        `${words.join(' ')} with ${JSON.stringify(env)}: ${run.stderr}`,
      ).toEqual([false, true]);
    }
  }
  expect(contacts).toBe(0);
  expect(statSync(victim).mode & 0o7777).toBe(0o755);
  expect(statSync(theirs).mode & 0o7777).toBe(0o777);
  expect(statSync('/tmp').mode & 0o7777).toBe(0o1777);
  // The intruder replaces the socket in a directory that was made too open after the check.
  rmSync(path.join(home.directory, 'run'), {recursive: true, force: true});
  mkdirSync(path.join(home.directory, 'run'), {mode: 0o700});
  chownSync(path.join(home.directory, 'run'), owner.uid, owner.gid);
  symlinkSync(planted, path.join(home.directory, 'run', 'gantry.sock'));
  const linked = await gantryAs(owner, ['status']);
  expect([linked.exitCode === 0, /symbolic link/.test(linked.stderr)], linked.stderr).toEqual([false, true]);
  expect(contacts).toBe(0);
});
