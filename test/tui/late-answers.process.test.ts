import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {eventually} from '../harness/eventually.ts';
import {createSlowLink, type SlowLink} from '../harness/slow-link.ts';
import {openTerminal, type PtyTerminal} from '../harness/terminal.ts';

const program = fileURLToPath(new URL('../support/console-program.tsx', import.meta.url));
const QUESTION = '\u001b[5n';
/** What comes before the first question takes more than a second. */
const SLOW_BYTES_PER_SECOND = 700;
const POINTER_OFF = '\u001b[?1000l';
const CTRL_Z = '\u001a';

type Shell = {
  readonly terminal: PtyTerminal;
  readonly link: SlowLink;
  /** How many questions were written, arrived or not. */
  readonly questions: () => number;
  readonly run: (command: string) => Promise<void>;
};

/** A shell with a console in it, whose first question has not arrived. */
async function inShell(use: (shell: Shell) => Promise<void>, programArguments = ''): Promise<void> {
  const link = createSlowLink(Number.POSITIVE_INFINITY);
  const terminal = openTerminal({
    file: 'bash',
    args: ['--norc', '--noprofile', '-i'],
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: '/nonexistent',
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      PS1: 'prompt> ',
    },
    cwd: process.cwd(),
    columns: 100,
    rows: 30,
    link,
  });
  const questions = (): number => terminal.raw().split(QUESTION).length - 1;
  const run = async (command: string): Promise<void> => {
    const before = questions();
    terminal.write(`${command}\r`);
    await eventually(() => questions() > before, terminal.text);
  };
  try {
    await terminal.waitFor('a prompt', (text) => text.includes('prompt> '));
    link.setRate(SLOW_BYTES_PER_SECOND);
    await run(`${process.execPath} --import=tsx ${program} ${programArguments}`);
    await use({terminal, link, questions, run});
  } finally {
    terminal.kill('SIGKILL');
  }
}

/** What the shell gets as the next line is only what is typed. */
async function expectNothingTyped({terminal, link}: Shell): Promise<void> {
  const hasLeft = (): boolean =>
    terminal.raw().lastIndexOf('\u001b[?1049l') > terminal.raw().lastIndexOf('\u001b[?1049h');
  await eventually(hasLeft, terminal.text);
  // It is too late for what was asked, if anything was.
  link.setRate(Number.POSITIVE_INFINITY);
  await terminal.waitFor('the shell', (text) => link.waitingBytes() === 0 && text.trimEnd().endsWith('prompt>'));
  terminal.write('echo clean-$((40+2))\r');
  await terminal.waitFor('what the shell does', (text) => text.includes('\nclean-42') || text.includes('not found'));
  expect(terminal.text()).toContain('prompt> echo clean-$((40+2))\nclean-42');
}

function hasArrived({terminal, link}: Shell, sequence: string): boolean {
  const at = terminal.raw().indexOf(sequence);
  return at !== -1 && link.arrivedBytes() >= Buffer.byteLength(terminal.raw().slice(0, at + sequence.length));
}

/** The console, the only child of the shell. */
function consolePid({pid}: PtyTerminal): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

const signal =
  (name: NodeJS.Signals) =>
  (terminal: PtyTerminal): void =>
    void process.kill(consolePid(terminal), name);

test.each([
  ['q', (terminal) => terminal.write('q')],
  ['Ctrl+C', (terminal) => terminal.write('\u0003')],
  ['Ctrl+Z', (terminal) => terminal.write(CTRL_Z)],
  ['SIGTERM', signal('SIGTERM')],
  ['SIGHUP', signal('SIGHUP')],
  ['SIGTSTP', signal('SIGTSTP')],
  ['an error that nothing catches', signal('SIGUSR2')],
] satisfies readonly (readonly [string, (terminal: PtyTerminal) => void])[])(
  'who leaves by %s before the first answer of a slow terminal finds nothing typed in the shell',
  async (_, leave) => {
    await inShell(async (shell) => {
      leave(shell.terminal);
      await expectNothingTyped(shell);
    });
  },
);

test('an error that nothing catches while the console leaves is reported, and the answer still waited for', async () => {
  await inShell(async (shell) => {
    const pid = consolePid(shell.terminal);
    shell.terminal.write('q');
    process.kill(pid, 'SIGUSR2');
    await expectNothingTyped(shell);
    expect(shell.terminal.text()).toContain('a fault of the test');
  });
});

test.each([
  ['q', 'q'],
  ['Ctrl+Z', CTRL_Z],
])(
  'the wheel of the mouse, turned until a slow terminal stops its reports after %s, types nothing in the shell',
  async (_, key) => {
    await inShell(async (shell) => {
      const {terminal, questions} = shell;
      // Asked again, it has answered.
      await eventually(() => questions() > 1, terminal.text);
      terminal.write(key);
      await eventually(() => {
        const hasStopped = hasArrived(shell, POINTER_OFF);
        if (!hasStopped) terminal.write('\u001b[<64;10;5M');
        return hasStopped;
      }, terminal.text);
      await expectNothingTyped(shell);
    }, '--mouse');
  },
);

test('Ctrl+Z during the whole frame after fg leaves nothing in the shell, as often as it is pressed', async () => {
  await inShell(async (shell) => {
    for (let round = 1; round <= 3; round += 1) {
      shell.terminal.write(CTRL_Z);
      await expectNothingTyped(shell);
      shell.terminal.write('clear\r');
      await shell.terminal.waitFor('an empty screen', (text) => text.trim() === 'prompt>');
      shell.link.setRate(SLOW_BYTES_PER_SECOND);
      await shell.run('fg');
    }
    // As soon as the terminal has answered once more, with the rest of the frame on the way.
    const before = shell.questions();
    await eventually(() => shell.questions() > before + 1, shell.terminal.text);
    shell.terminal.write(CTRL_Z);
    await expectNothingTyped(shell);
  });
});
