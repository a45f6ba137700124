import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {eventually} from './eventually.ts';
import {isAlive, startProcess} from './processes.ts';
import {temporaryDirectory} from './temporary-directory.ts';

const orphans = path.join(import.meta.dirname, 'orphans.ts');

/** A process that leads its own group and has a directory in its environment. */
function sleeper(directory: string): number {
  const {pid} = spawn('sleep', ['600'], {
    stdio: 'ignore',
    detached: true,
    env: {HOME: directory, PATH: '/usr/bin:/bin'},
  });
  if (pid === undefined) throw new Error('sleep could not be started');
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  return pid;
}

/** A process that registers resources, as a test process does, and then hangs. */
async function holder(script: string) {
  const code = `const {endIfOrphaned} = await import(${JSON.stringify(orphans)}); ${script}; console.log('registered'); setInterval(() => {}, 1000);`;
  const started = startProcess(process.execPath, ['--import=tsx', '--input-type=module', '-e', code]);
  await eventually(() => started.output().includes('registered'), 'the resources to be registered');
  return started;
}

test('a killed test process leaves no process group, no process of its directory, and no directory', async () => {
  const directory = temporaryDirectory('orphans');
  const ofGroup = sleeper('/elsewhere');
  const ofDirectory = sleeper(directory);
  const {child} = await holder(`endIfOrphaned('group ${ofGroup}'); endIfOrphaned('directory ${directory}')`);
  child.kill('SIGKILL');
  await eventually(() => !existsSync(directory), 'the directory to be removed');
  await eventually(() => !isAlive(ofGroup) && !isAlive(ofDirectory), 'the processes to be killed');
});

test('what was cleaned up before is not touched', async () => {
  const directory = temporaryDirectory('orphans');
  const kept = sleeper('/elsewhere');
  const orphaned = sleeper(directory);
  const {child} = await holder(
    `const release = endIfOrphaned('group ${kept}'); endIfOrphaned('directory ${directory}'); release()`,
  );
  child.kill('SIGKILL');
  await eventually(() => !existsSync(directory), 'the directory to be removed');
  expect(isAlive(orphaned)).toBe(false);
  expect(isAlive(kept)).toBe(true);
});
