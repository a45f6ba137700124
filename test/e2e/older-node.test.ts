import {chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {eventually} from '../harness/eventually.ts';
import {gantryEntry} from '../harness/gantry-home.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';
import {openTerminal, type PtyTerminal} from '../harness/terminal.ts';

const CTRL_Z = '\u001a';

/** Has the terminal as the console (`raw`) or as a command that prints (`lines`), or does not read from it (`silent`). */
const program = `
const [kind] = process.argv.slice(2);
const isRaw = kind === 'raw';
const raw = () => isRaw && process.stdin.setRawMode(true);
const suspend = () => setTimeout(() => {
  process.stdin.setRawMode(false);
  process.off('SIGTSTP', suspend);
  process.kill(0, 'SIGTSTP');
  process.on('SIGTSTP', suspend);
}, 200);
if (isRaw) process.on('SIGTSTP', suspend);
process.on('SIGCONT', () => { raw(); console.log('is-back'); });
raw();
if (kind !== 'silent') process.stdin.on('data', (data) => {
  if (String(data).includes('q')) process.exit(7);
  if (data[0] === 26) suspend();
});
setInterval(() => {}, 1000);
console.log('child-' + process.pid);
`;

/** A checkout whose launcher an older Node runs, in a shell; the child is the program with the newer one. */
async function openLauncher(kind: 'raw' | 'lines' | 'silent') {
  const root = temporaryDirectory('launcher');
  const newer = path.join(root, 'node_modules', 'node', 'bin', 'node');
  for (const directory of ['bin', 'dist', path.dirname(newer)])
    mkdirSync(path.resolve(root, directory), {recursive: true});
  copyFileSync(gantryEntry, path.join(root, 'bin', 'gantry.js'));
  writeFileSync(path.join(root, 'package.json'), '{"type": "module"}');
  writeFileSync(path.join(root, 'dist', 'gantry.js'), program);
  writeFileSync(newer, `#!/bin/sh\nexec ${process.execPath} "$@"\n`);
  chmodSync(newer, 0o755);
  writeFileSync(
    path.join(root, 'older.mjs'),
    "Object.defineProperty(process, 'versions', {value: {...process.versions, node: '20.20.2'}});",
  );
  const terminal = openTerminal({
    ...{file: 'bash', args: ['--norc', '--noprofile', '-i'], cwd: root, columns: 100, rows: 30},
    env: {PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: root, LANG: 'C.UTF-8', PS1: 'prompt> '},
  });
  onTestFinished(() => terminal.kill('SIGKILL'));
  await terminal.waitFor('a prompt', (text) => text.includes('prompt> '));
  terminal.write(`${process.execPath} --import=./older.mjs bin/gantry.js ${kind}\r`);
  const text = await terminal.waitFor('the program', (shown) => /child-\d+/.test(shown));
  return {terminal, childPid: Number(/child-(\d+)/.exec(text)?.[1]), launcherPid: onlyChildOf(terminal)};
}

function onlyChildOf({pid}: PtyTerminal): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

function isStopped(pid: number): boolean {
  return /^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

const hasPrompt = (text: string): boolean => text.includes('Stopped') && text.trimEnd().endsWith('prompt>');

type Stop = (terminal: PtyTerminal, launcherPid: number) => void;
const typed: Stop = (terminal) => terminal.write(CTRL_Z);
const signalled: Stop = (_, launcherPid) => void process.kill(launcherPid, 'SIGTSTP');

test.each([
  ['raw', 'Ctrl+Z', typed],
  ['lines', 'Ctrl+Z', typed],
  ['raw', 'SIGTSTP', signalled],
  ['lines', 'SIGTSTP', signalled],
] as const)(
  'a program (%s) started by an older Node stops by %s, gives the shell back, and continues by fg',
  async (kind, _, stop) => {
    const {terminal, childPid, launcherPid} = await openLauncher(kind);
    for (const time of [1, 2]) {
      stop(terminal, launcherPid);
      await terminal.waitFor('the shell', hasPrompt);
      expect([childPid, launcherPid].map(isStopped)).toEqual([true, true]);
      terminal.write('clear; fg\r');
      await terminal.waitFor(
        `the program again, time ${time}`,
        (text) => text.includes('is-back') && !text.includes('Stopped'),
      );
      expect([childPid, launcherPid].map(isStopped)).toEqual([false, false]);
    }
    terminal.write('q\r');
    await terminal.waitFor('the shell', (text) => text.trimEnd().endsWith('prompt>'));
    terminal.write('echo status-$?\r');
    await terminal.waitFor('the status', (text) => text.includes('status-7'));
  },
);

test('a program that was stopped by a signal to the launcher alone is continued by one', async () => {
  const {childPid, launcherPid} = await openLauncher('silent');
  process.kill(launcherPid, 'SIGTSTP');
  await eventually(() => isStopped(childPid) && isStopped(launcherPid), 'both are stopped');
  process.kill(launcherPid, 'SIGCONT');
  await eventually(() => !isStopped(childPid) && !isStopped(launcherPid), 'both are continued');
  process.kill(launcherPid, 'SIGTERM');
});
