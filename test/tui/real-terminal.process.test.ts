import {fileURLToPath} from 'node:url';
import {type IPty, spawn} from '@lydell/node-pty';
import {afterEach, expect, test} from 'vitest';

type Opened = {
  readonly pty: IPty;
  readonly output: () => string;
  readonly ended: Promise<{exitCode: number; signal?: number | undefined}>;
};

const opened: Opened[] = [];

afterEach(() => {
  for (const {pty} of opened.splice(0)) {
    try {
      process.kill(pty.pid, 'SIGKILL');
    } catch {
      // Already gone, as it should be.
    }
  }
});

async function openProgram(): Promise<Opened> {
  const program = fileURLToPath(new URL('../support/console-program.tsx', import.meta.url));
  const pty = spawn(process.execPath, ['--import=tsx', program], {
    name: 'xterm-256color',
    cols: 120,
    rows: 40,
    env: {...process.env, LANG: 'C.UTF-8'},
  });
  let output = '';
  pty.onData((data) => {
    output += data;
  });
  const ended = new Promise<{exitCode: number; signal?: number | undefined}>((resolve) => pty.onExit(resolve));
  const result = {pty, output: () => output, ended};
  opened.push(result);
  await until(
    () => output.includes('help'),
    () => output,
  );
  return result;
}

test('q leaves, the process ends by itself, and the note stands on the primary screen', async () => {
  const {pty, output, ended} = await openProgram();
  pty.write('q');
  expect(await ended).toMatchObject({exitCode: 0});
  const left = output().lastIndexOf('\u001b[?1049l');
  expect(left).toBeGreaterThan(0);
  expect(output().slice(left)).toContain('gantry: detached. vllm keeps serving.');
});

test.each(['SIGTERM', 'SIGHUP'])('%s ends it with the terminal restored', async (signal) => {
  const {pty, output, ended} = await openProgram();
  process.kill(pty.pid, signal);
  expect(await ended).toMatchObject({exitCode: 0});
  expect(output()).toContain('\u001b[?1049l');
  expect(output()).toContain('\u001b[?25h');
});

test('a terminal that is closed takes the console with it, within seconds', async () => {
  const {pty} = await openProgram();
  const {pid} = pty;
  // The terminal's end of the line is closed; the declarations of node-pty leave this out.
  if (!('destroy' in pty) || typeof pty.destroy !== 'function') throw new Error('node-pty cannot close a terminal');
  pty.destroy();
  await until(
    () => !isAlive(pid),
    () => `process ${pid} is still alive`,
  );
});

test('a real terminal can be resized', async () => {
  const {pty, output} = await openProgram();
  pty.resize(80, 24);
  await until(() => output().includes('kv-cache 36x2'), output);
  pty.write('q');
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean, told: () => string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain; ${told()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
