import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {mkdir, readdir, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {beforeEach, expect, test} from 'vitest';
import {eventually} from '../harness/eventually.ts';
import {noCards, writeExecutable} from '../harness/executable.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';
import {isAlive, untilGone} from '../harness/processes.ts';

const fakeClient = fileURLToPath(new URL('../fakes/container-client.sh', import.meta.url));
const key = 'sk-container-19c2';
let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

/** An engine in a container without its supervisor: the process in it, and what the client was asked. */
async function containedAlone() {
  const bin = path.join(home.directory, 'bin');
  const client = path.join(home.directory, 'client');
  await Promise.all([mkdir(bin), mkdir(client)]);
  await symlink(fakeClient, path.join(bin, 'docker'));
  await writeFile(path.join(client, 'images'), 'vllm/vllm-openai:v0.28.0\n');
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    FAKE_CLIENT_DIR: client,
    GANTRY_NVIDIA_SMI: writeExecutable(path.join(bin, 'nvidia-smi'), noCards),
    GANTRY_ENGINE_CONTAINER: '{image: "vllm/vllm-openai:v0.28.0"}',
    VLLM_API_KEY: key,
  };
  const started = await home.run(['up', '--force', '--json'], env);
  expect(started.exitCode, started.stdout + started.stderr).toBe(0);
  await home.waitForState('starting');
  const pids = async (): Promise<number[]> =>
    (await readdir(client))
      .filter((name) => name.endsWith('.pid'))
      .map((name) => Number(readFileSync(path.join(client, name), 'utf8')));
  await eventually(async () => (await pids()).length === 1, 'the container');
  const [pid = 0] = await pids();
  await home.killSupervisor();
  expect(isAlive(pid)).toBe(true);
  return {env, pid, asked: () => readFileSync(path.join(client, 'words'), 'utf8')};
}

test('an engine in a container is started, survives its supervisor, and is stopped by down', async () => {
  const {env, pid, asked} = await containedAlone();
  const stopped = await home.run(['down', '--json'], env);
  expect(stopped.exitCode, stopped.stdout + stopped.stderr).toBe(0);
  await untilGone(pid, 'what was in the container');
  await home.waitForState('stopped');
  const words = asked();
  expect(words).toContain('--env=VLLM_API_KEY ');
  expect(words).toMatch(/^stop -t 120 gantry-\d{8}-\d{6}-[0-9a-f]{4}$/m);
  expect(words).not.toContain(key);
  expect(existsSync(path.join(home.directory, 'data/engine-cache'))).toBe(true);
});

test('an engine in a container is stopped by down also if its journal and its run directory are deleted', async () => {
  const {env, pid} = await containedAlone();
  rmSync(path.join(home.directory, 'state', 'journal.jsonl'));
  rmSync(path.join(home.directory, 'state', 'runs'), {recursive: true});
  const stopped = await home.run(['down', '--json'], env);
  expect(stopped.exitCode, stopped.stdout + stopped.stderr).toBe(0);
  await untilGone(pid, 'what was in the container');
  const [runId = ''] = readdirSync(path.join(home.directory, 'state', 'runs'));
  const restored = (name: string): string =>
    readFileSync(path.join(home.directory, 'state', 'runs', runId, name), 'utf8');
  expect(JSON.parse(restored('container.json'))).toMatchObject({name: `gantry-${runId}`});
  expect(restored('container.id')).toMatch(/^[0-9a-f]{64}$/m);
});
