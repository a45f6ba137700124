import {spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';
import {type ConsoleDriver, createConsoleDriver} from '../support/console-driver.ts';
import {cellsOf} from '../support/screen-cells.ts';
import {eventually} from './eventually.ts';
import type {SlowLink} from './slow-link.ts';

/** A program in a real pseudo-terminal, with its visible screen. */
export type PtyTerminal = {
  readonly pid: number;
  /** The visible lines without trailing spaces. */
  readonly screen: () => readonly string[];
  readonly text: () => string;
  /** Everything the program wrote, including escapes. */
  readonly raw: () => string;
  readonly bytesWritten: () => number;
  readonly write: (keys: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves once the screen satisfies the claim; after the deadline it fails with the screen. */
  readonly waitFor: (claim: string, isTrue: (text: string) => boolean, withinMs?: number) => Promise<string>;
  /**
   * Keys and painted parts of the console. A press is only written: wait for its effect before the next key after an
   * Esc.
   */
  readonly driver: ConsoleDriver;
  readonly exit: Promise<{readonly exitCode: number; readonly signal: number | undefined}>;
};

/** Starts a program in a pseudo-terminal of this size. */
export function openTerminal(options: {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly columns: number;
  readonly rows: number;
  /** What the program writes arrives over it. */
  readonly link?: SlowLink;
}): PtyTerminal {
  const pty = spawn(options.file, [...options.args], {
    // It comes before TERM of the environment.
    name: options.env['TERM'] ?? 'xterm-256color',
    cols: options.columns,
    rows: options.rows,
    env: {...options.env},
    cwd: options.cwd ?? '/',
  });
  const terminal = new xterm.Terminal({cols: options.columns, rows: options.rows, allowProposedApi: true});
  let raw = '';
  const arrive = options.link?.connect((bytes) => terminal.write(bytes)) ?? ((data: string) => terminal.write(data));
  pty.onData((data) => {
    raw += data;
    arrive(data);
  });
  // The answers of the terminal itself, such as to a status request.
  terminal.onData((answer) => pty.write(answer));
  const exit = new Promise<{exitCode: number; signal: number | undefined}>((resolve) => {
    // The terminal takes what is written later: its screen is complete when an empty write after it has been taken.
    pty.onExit(({exitCode, signal}) => terminal.write('', () => resolve({exitCode, signal})));
  });
  const screen = (): string[] => {
    const {active} = terminal.buffer;
    return Array.from(
      {length: terminal.rows},
      (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '',
    );
  };
  const text = (): string => screen().join('\n');
  return {
    pid: pty.pid,
    screen,
    text,
    raw: () => raw,
    bytesWritten: () => Buffer.byteLength(raw),
    write: (keys) => pty.write(keys),
    resize(columns, rows) {
      pty.resize(columns, rows);
      terminal.resize(columns, rows);
    },
    kill: (signal) => pty.kill(signal),
    driver: createConsoleDriver({
      cells: () => cellsOf(terminal),
      send: async (bytes) => pty.write(bytes),
      waitFor: async (condition, what) => {
        await eventually(condition, () => `${what} on this screen:\n${text()}\n`);
      },
    }),
    exit,
    async waitFor(claim, isTrue, withinMs) {
      await eventually(
        () => isTrue(text()),
        () => `${claim} on this screen:\n${text()}\n`,
        withinMs === undefined ? {} : {withinMs},
      );
      return text();
    },
  };
}
