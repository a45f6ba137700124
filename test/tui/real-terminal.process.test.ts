import {fileURLToPath} from 'node:url';
import {type IPty, spawn} from '@lydell/node-pty';
import {afterEach, expect, test} from 'vitest';
import {eventually} from '../harness/eventually.ts';
import {isAlive} from '../harness/processes.ts';
import {openTerminal, type PtyTerminal} from '../harness/terminal.ts';

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
  await eventually(
    () => output.includes('help'),
    () => output,
  );
  return result;
}

test('q exits, the process ends by itself, and the note is on the primary screen', async () => {
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

test('a closed terminal ends the console within seconds', async () => {
  const {pty} = await openProgram();
  const {pid} = pty;
  // The terminal's end of the line is closed; the declarations of node-pty leave this out.
  if (!('destroy' in pty) || typeof pty.destroy !== 'function') throw new Error('node-pty cannot close a terminal');
  pty.destroy();
  await eventually(
    () => !isAlive(pid),
    () => `process ${pid} is still alive`,
  );
});

test('a real terminal can be resized', async () => {
  const {pty, output} = await openProgram();
  pty.resize(80, 24);
  await eventually(() => output().includes('kv-cache 36x1'), output);
  pty.write('q');
});

test('Ctrl+Z gives the terminal back to the shell, and fg draws the whole screen again', async () => {
  const terminal = await suspendedJob();
  try {
    expect(terminal.text()).not.toContain('[0n');
    terminal.write('echo still-$((40+2))\n');
    await terminal.waitFor('the shell to work', (text) => text.includes('still-42'));
    terminal.write('fg\n');
    await terminal.waitFor('the console again', (text) => text.includes('? help') && text.includes('kv-cache'));
    terminal.write('q');
    await terminal.waitFor('the note', (text) => text.includes('gantry: detached'));
    expect(terminal.text()).not.toContain('[0n');
  } finally {
    terminal.kill('SIGKILL');
  }
});

/** The console as a job of a shell, suspended with Ctrl+Z. */
async function suspendedJob(): Promise<PtyTerminal> {
  const program = fileURLToPath(new URL('../support/console-program.tsx', import.meta.url));
  const terminal = openTerminal({
    file: 'bash',
    args: ['--norc', '--noprofile', '-i'],
    env: {...definedVariables(), LANG: 'C.UTF-8', TERM: 'xterm-256color', PS1: 'prompt> '},
    columns: 100,
    rows: 30,
  });
  await terminal.waitFor('a prompt', (text) => text.includes('prompt> '));
  terminal.write(`cd ${process.cwd()} && clear && ${process.execPath} --import=tsx ${program}\n`);
  await terminal.waitFor('the console', (text) => text.includes('? help'));
  terminal.write('\u001a');
  await terminal.waitFor('the shell', (text) => text.includes('Stopped') && text.trimEnd().endsWith('prompt>'));
  return terminal;
}

test('kill ends a suspended console, which leaves the terminal to the shell', async () => {
  const terminal = await suspendedJob();
  try {
    const before = terminal.raw().length;
    terminal.write('job=$(jobs -p); kill %1; tail --pid=$job -f /dev/null; echo ended-$((40+2))\n');
    await terminal.waitFor('its end', (text) => text.includes('ended-42'));
    expect(terminal.raw().slice(before)).not.toContain('\u001b[?1049h');
  } finally {
    terminal.kill('SIGKILL');
  }
});

test('bg leaves it suspended and draws nothing over the shell; fg shows it', async () => {
  const terminal = await suspendedJob();
  try {
    const before = terminal.raw().length;
    terminal.write('bg; wait %1; echo stopped-$((40+2))\n');
    await terminal.waitFor('it to stop again', (text) => text.includes('stopped-42'));
    expect(terminal.raw().slice(before)).not.toContain('\u001b[?1049h');
    terminal.write('fg\n');
    await terminal.waitFor('the console again', (text) => text.includes('? help') && text.includes('kv-cache'));
    terminal.write('q');
    await terminal.waitFor('the note', (text) => text.includes('gantry: detached'));
  } finally {
    terminal.kill('SIGKILL');
  }
});

function definedVariables(): Record<string, string> {
  const defined = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(defined);
}
