import {chmod, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {afterEach, beforeEach, test} from 'vitest';
import {createHome, type GantryHome, waitUntil} from './gantry-home.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await createHome();
});
afterEach(async () => {
  await home.close();
});

test('an engine that the kernel killed is told so, in the kernel\u2019s words', async () => {
  const bin = path.join(home.directory, 'bin');
  await mkdir(bin);
  // Says of the engine, whenever it is asked, what a kernel without memory says the moment before.
  const script = [
    '#!/bin/sh',
    'read -r uptime _ < /proc/uptime',
    `pid=$(cat ${home.directory}/state/runs/*/engine.pid)`,
    'echo "[    1.000000] Linux version 6.1"',
    'echo "[ $uptime] Out of memory: Killed process $pid (vllm) total-vm:9kB, anon-rss:536870912kB, file-rss:0kB"',
  ].join('\n');
  await writeFile(path.join(bin, 'dmesg'), `${script}\n`);
  await chmod(path.join(bin, 'dmesg'), 0o755);
  await home.run(['demo', '--detach', '--speed', '200', '--json'], {PATH: `${bin}:${home.environment['PATH']}`});
  const ready = await home.waitForState('ready');
  process.kill(ready.engine.pid ?? 0, 'SIGKILL');
  await waitUntil(async () => {
    const {findings} = await home.snapshot();
    return findings.some(({code, message}) => code === 'host.out-of-memory' && message.includes('512.0 GiB'));
  }, 'the finding that names the kernel');
});
