import path from 'node:path';
import {beforeEach, test} from 'vitest';
import {writeExecutable} from '../harness/executable.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

test('an engine that the kernel killed is reported with the kernel message', async () => {
  const bin = path.join(home.directory, 'bin');
  // Says of the engine, whenever it is asked, what a kernel without memory says the moment before.
  const script = [
    'read -r uptime _ < /proc/uptime',
    `pid=$(cat ${home.directory}/state/runs/*/engine.pid)`,
    'echo "[    1.000000] Linux version 6.1"',
    'echo "[ $uptime] Out of memory: Killed process $pid (vllm) total-vm:9kB, anon-rss:536870912kB, file-rss:0kB"',
  ].join('\n');
  writeExecutable(path.join(bin, 'dmesg'), script);
  await home.demo(['--speed', '400'], {GANTRY_DMESG: path.join(bin, 'dmesg')});
  const ready = await home.waitForState('ready');
  process.kill(ready.engine.pid ?? 0, 'SIGKILL');
  // The kernel's message comes a moment after the exit: it is the cause of the crash.
  await home.until('the crash with the cause that the kernel names', ({findings}) =>
    findings.some(
      ({code, message, details}) =>
        code === 'lifecycle.crash-loop' &&
        message.includes('512.0 GiB') &&
        JSON.stringify(details).includes('host.out-of-memory'),
    ),
  );
});
