import {type ChildProcess, spawn} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {findLeftovers, reapLeftovers} from '../../../src/supervisor/process/leftovers.ts';
import {eventually} from '../../harness/eventually.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let stateDir: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  stateDir = temporaryDirectory('left');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function marked(runId: string, detached = false): Promise<ChildProcess> {
  const child = spawn('sleep', ['600'], {detached, env: {...process.env, GANTRY_RUN_ID: runId}});
  children.push(child);
  await eventually(
    async () => expect((await findLeftovers(new Set([runId]))).length).toBeGreaterThan(0),
    'the marked process',
  );
  return child;
}

test('remaining processes of an earlier run are ended, and no others', async () => {
  const ours = await marked('gone-run');
  const other = await marked('run-of-another-state-directory');
  const {reaped, remaining} = await reapLeftovers(stateDir, new Set(['gone-run']));
  expect(reaped).toMatchObject([{pid: ours.pid, command: 'sleep', runId: 'gone-run'}]);
  expect(remaining).toEqual([]);
  expect(ours.signalCode ?? 'SIGKILL').toBe('SIGKILL');
  expect((await findLeftovers(new Set(['run-of-another-state-directory']))).map(({pid}) => pid)).toEqual([other.pid]);
});

test('a worker that leads a session of its own is ended like any other', async () => {
  const worker = await marked('its-own-session', true);
  const {reaped, remaining} = await reapLeftovers(stateDir, new Set(['its-own-session']));
  expect(reaped.map(({pid}) => pid)).toEqual([worker.pid]);
  expect(remaining).toEqual([]);
});

test('a run whose engine is alive is not over, even if the journal lost it', async () => {
  const engine = await marked('living-run');
  const directory = path.join(stateDir, 'runs', 'living-run');
  await mkdir(directory, {recursive: true});
  await writeFile(path.join(directory, 'engine.pid'), `${engine.pid}\n`);
  await writeFile(path.join(directory, 'engine.birth'), await readFile(`/proc/${engine.pid}/stat`, 'utf8'));
  const {reaped, remaining} = await reapLeftovers(stateDir, new Set(['living-run']));
  expect(remaining).toEqual(reaped);
  expect((await findLeftovers(new Set(['living-run']))).map(({pid}) => pid)).toEqual([engine.pid]);
});
