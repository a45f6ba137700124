import {type ChildProcess, spawn} from 'node:child_process';
import {createLineSplitter} from '../../shared/line-splitter.ts';

const KILL_AFTER_MS = 2_000;
const STUCK_AFTER_MS = 3_000;
const MAX_ERROR_TEXT = 4_000;

/** How a stream ended. */
export type StreamEnd = {
  /** Null when it did not start, or was ended by a signal. */
  readonly exitCode: number | null;
  /** What it printed that was no row: its error text. */
  readonly text: string;
  /** The system's code when it could not be started. */
  readonly startError: string | null;
  /** True when it outlived SIGKILL, hanging in the kernel; it is not waited for. */
  readonly isStuck: boolean;
};

export type StreamChild = {
  /** SIGTERM, SIGKILL after two seconds; `ended` resolves in any case. */
  readonly stop: () => void;
  readonly ended: Promise<StreamEnd>;
};

/** Starts a long-lived child and hands on its lines, split at line feeds only. */
export function startStreamChild(
  executable: string,
  args: readonly string[],
  onLine: (line: string) => void,
): StreamChild {
  const child = spawn(executable, [...args], {stdio: ['ignore', 'pipe', 'pipe']});
  const splitter = createLineSplitter();
  let text = '';
  const keep = (line: string): void => {
    if (text.length < MAX_ERROR_TEXT) text += `${line}\n`;
  };
  child.stdout.on('data', (chunk: Buffer) => {
    for (const line of splitter.push(chunk)) {
      // Rows hold commas; every start-up message is kept, to be read when the child ends.
      if (!/^[^,]+, [^,]+, /.test(line.text)) keep(line.text);
      onLine(line.text);
    }
  });
  child.stderr.on('data', (chunk: Buffer) => keep(chunk.toString('utf8').trimEnd()));
  const timers: NodeJS.Timeout[] = [];
  const ended = new Promise<StreamEnd>((resolve) => {
    const settle = (end: Partial<StreamEnd>): void => {
      for (const timer of timers) clearTimeout(timer);
      resolve({exitCode: null, startError: null, isStuck: false, text, ...end});
    };
    child.once('error', (error) => settle({startError: 'code' in error ? String(error.code) : error.message}));
    child.once('close', (exitCode) => settle({exitCode}));
    child.once('gantry-stuck', () => settle({isStuck: true}));
  });
  return {ended, stop: () => stopChild(child, timers)};
}

function stopChild(child: ChildProcess, timers: NodeJS.Timeout[]): void {
  child.kill('SIGTERM');
  timers.push(
    setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS),
    setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      child.emit('gantry-stuck');
    }, KILL_AFTER_MS + STUCK_AFTER_MS),
  );
}
