import {spawn} from 'node:child_process';
import {existsSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createHome, type GantryHome} from './gantry-home.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/gantry.js', import.meta.url));

let home: GantryHome;
beforeEach(async () => {
  home = await createHome();
});
afterEach(async () => {
  await home.close();
});

/** A command through a shell, with the environment of the home. */
function inShell(line: string): Promise<{readonly exitCode: number | null; readonly stderr: string}> {
  return new Promise((resolve) => {
    const temporary = path.join(home.directory, 'tmp');
    mkdirSync(temporary, {recursive: true});
    const env = {...home.environment, TMPDIR: temporary, NODE: process.execPath, GANTRY: LAUNCHER};
    const child = spawn('bash', ['-c', line], {env});
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.resume();
    child.on('close', (exitCode) => resolve({exitCode, stderr}));
  });
}

describe('a reader that has seen enough', () => {
  test.each(['plan --gpus 8xH200 --json | true', 'plan --matrix --gpus 8xH200 --json | head -1', '--help | true'])(
    'gantry %s ends quietly',
    async (words) => {
      const {exitCode, stderr} = await inShell(`"$NODE" "$GANTRY" ${words}`);
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
    },
  );
});

test('demo --once that is interrupted leaves nothing behind', async () => {
  const line =
    '"$NODE" "$GANTRY" demo --once --speed 5 --json > /dev/null & p=$!; ' +
    'for i in $(seq 200); do ls -d "$TMPDIR"/gantry-demo-*/run/gantry.sock > /dev/null 2>&1 && break; sleep 0.05; done; ' +
    'kill -INT $p; wait $p; echo "ended $?" >&2; ls "$TMPDIR" >&2';
  const {stderr} = await inShell(line);
  expect(stderr).toContain('ended 1');
  expect(stderr).not.toContain('gantry-demo-');
});

test.runIf(existsSync('/usr/bin/node'))('an older Node hands signals on to the newer one that it starts', async () => {
  const {stderr} = await inShell(
    '/usr/bin/node "$GANTRY" demo --once --speed 5 > /dev/null & p=$!; ' +
      'for i in $(seq 200); do ls -d "$TMPDIR"/gantry-demo-*/run/gantry.sock > /dev/null 2>&1 && break; sleep 0.05; done; ' +
      'kill -TERM $p; wait $p; ls "$TMPDIR" >&2',
  );
  expect(stderr).not.toContain('gantry-demo-');
});
