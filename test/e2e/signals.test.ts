import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {eventually} from '../harness/eventually.ts';
import {type GantryHome, gantryEntry, openHome} from '../harness/gantry-home.ts';
import {startProcess} from '../harness/processes.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

/** A command through a shell, with the environment of the home. */
function inShell(line: string): Promise<{readonly exitCode: number | null; readonly stderr: string}> {
  return new Promise((resolve) => {
    const temporary = path.join(home.directory, 'tmp');
    mkdirSync(temporary, {recursive: true});
    const env = {...home.environment, TMPDIR: temporary, NODE: process.execPath, GANTRY: gantryEntry};
    const child = spawn('bash', ['-c', line], {env});
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.resume();
    child.on('close', (exitCode) => resolve({exitCode, stderr}));
  });
}

describe('a reader that closes the pipe', () => {
  test.each(['plan --gpus 8xH200 --json | true', 'plan --matrix --gpus 8xH200 --json | head -1', '--help | true'])(
    'gantry %s exits quietly',
    async (words) => {
      const {exitCode, stderr} = await inShell(`"$NODE" "$GANTRY" ${words}`);
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
    },
  );
});

/** What a `gantry demo --once` has in its temporary home when it is interrupted. */
const stages = {
  'nothing yet': '.',
  'a supervisor that listens': 'run/gantry.sock',
};

/** `gantry demo --once` that is sent a signal at a stage; gives what is left of its directory. */
async function interrupted(node: string, signal: NodeJS.Signals, stage: keyof typeof stages) {
  const temporary = path.join(home.directory, 'tmp');
  mkdirSync(temporary);
  const env = {...home.environment, TMPDIR: temporary};
  const demo = startProcess(node, [gantryEntry, 'demo', '--once', '--speed', '5', '--json'], {env});
  await eventually(
    () =>
      readdirSync(temporary).some(
        (name) => name.startsWith('gantry-demo-') && existsSync(path.join(temporary, name, stages[stage])),
      ),
    () => `${stage}; printed was: ${demo.output()}`,
  );
  demo.child.kill(signal);
  const {code} = await demo.ended;
  return {code, left: readdirSync(temporary).filter((name) => name.startsWith('gantry-demo-'))};
}

test.each(['nothing yet', 'a supervisor that listens'] as const)(
  'demo --once that is interrupted with %s leaves nothing behind',
  async (stage) => {
    expect(await interrupted(process.execPath, 'SIGINT', stage)).toEqual({code: 1, left: []});
  },
);

test.runIf(existsSync('/usr/bin/node'))('an older Node forwards signals to the newer one that it starts', async () => {
  expect((await interrupted('/usr/bin/node', 'SIGTERM', 'a supervisor that listens')).left).toEqual([]);
});
