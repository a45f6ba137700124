import {execFile} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {type CommandResult, type GantryHome, gantryEntry, openHome} from '../harness/gantry-home.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

/** `"$@"` of the script is the command. */
function runIn(script: string, args: readonly string[]): Promise<CommandResult> {
  const words = ['-c', script, 'sh', process.execPath, gantryEntry, ...args];
  return new Promise((resolve) => {
    execFile('sh', words, {env: home.environment}, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
      resolve({exitCode, stdout, stderr});
    });
  });
}

describe('in a working directory that was removed', () => {
  test.each([
    [['plan', '--gpus', '8xH200'], 0, /FITS/],
    [['config'], 0, /idleExitMinutes/],
    [['status'], 69, /No supervisor is running/],
    [['diagnose', 'engine.log'], 2, /\/removed\/engine\.log cannot be read: no such file/],
    [['--config', 'gantry.yaml', 'config'], 78, /\/removed\/gantry\.yaml/],
  ] as const)('gantry %s works', async (args, code, shown) => {
    mkdirSync(path.join(home.directory, 'removed'));
    const {exitCode, stdout, stderr} = await runIn('cd "$HOME/removed" && rmdir "$PWD" && exec "$@"', args);
    expect([exitCode, shown.test(stdout + stderr)], stdout + stderr).toEqual([code, true]);
  });
});

describe('an output that cannot be written', () => {
  test.each([
    [['plan', '--gpus', '8xH200'], 'exec "$@" > /dev/full', 1, /the output cannot be written: .*ENOSPC/],
    [['config', '--json'], 'exec "$@" > /dev/full', 1, /the output cannot be written: .*ENOSPC/],
    [['config', '--unknown'], 'exec "$@" 2> /dev/full', 2, /^$/],
    [['config'], 'exec "$@" >&- 2>&-', 0, /^$/],
  ] as const)('of gantry %s is an exit code, and one sentence', async (args, script, code, shown) => {
    const {exitCode, stderr} = await runIn(script, args);
    expect([exitCode, stderr]).toEqual([code, expect.stringMatching(shown)]);
    expect(stderr.split('\n').length).toBeLessThan(3);
  });
});

test('a limit of 64 open files is enough to look through all processes', async () => {
  const {exitCode, stderr} = await runIn('ulimit -n 64 && exec "$@"', ['status']);
  expect([exitCode, stderr]).toEqual([69, expect.stringContaining('No supervisor is running')]);
});

describe('a home directory', () => {
  const own = {GANTRY_STATE_DIR: '', GANTRY_RUNTIME_DIR: '', GANTRY_DATA_DIR: '', GANTRY_CONFIG_DIR: ''};

  test.each([
    ['that is a relative path is refused', 'somewhere', /HOME is "somewhere", which is not an absolute path/],
    [
      'in which nothing can be made is refused',
      '/proc/self',
      /\/proc\/self\/\.local\/state\/gantry cannot be used: ENOENT/,
    ],
  ])('%s', async (_, directory, shown) => {
    const {exitCode, stderr} = await home.run(['status'], {...own, HOME: directory});
    expect([exitCode, stderr]).toEqual([78, expect.stringMatching(shown)]);
  });
});
