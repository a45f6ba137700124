import {write as writeFile, writeSync} from 'node:fs';
import {PassThrough, Writable} from 'node:stream';
import {errorCode} from '../shared/error-code.ts';
import type {WriteTerminal} from './canvas/display.ts';
import {createReportFilter, type FilteredInput} from './pointer/report-filter.ts';

/** The properties of a terminal's output stream used here. */
export type TerminalOutput = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly fd?: number;
};

/**
 * Writes to a terminal without blocking: Node's own stream waits in the write until the terminal takes it, and no key is
 * handled meanwhile. A stream without a file descriptor is written to as it is. `onError`: the terminal is gone.
 */
export function terminalWriter(output: TerminalOutput, onError: () => void): WriteTerminal {
  const {fd} = output;
  if (fd === undefined) return (text, done) => void output.write(text, () => done());
  return (text, done) => writeAll(fd, Buffer.from(text), done, onError);
}

function writeAll(fd: number, bytes: Buffer, done: () => void, onError: () => void): void {
  writeFile(fd, bytes, (error, written) => {
    if (error !== null && !['EAGAIN', 'EINTR'].includes(errorCode(error) ?? '')) {
      onError();
      done();
      return;
    }
    const rest = error === null ? bytes.subarray(written) : bytes;
    if (rest.length === 0) done();
    // A terminal that another program made non-blocking is full.
    else setTimeout(() => writeAll(fd, rest, done, onError), error === null ? 0 : RETRY_MS);
  });
}

const RETRY_MS = 20;

/** Writes what must reach the terminal before the process ends. A terminal that is gone needs nothing. */
export function writeLast(output: TerminalOutput, text: string): void {
  if (output.fd === undefined) {
    output.write(text);
    return;
  }
  try {
    writeSync(output.fd, text);
  } catch (error) {
    if (!['EIO', 'EBADF', 'EPIPE', 'EAGAIN'].includes(errorCode(error) ?? '')) throw error;
  }
}

/** What is typed on a terminal, without what the terminal reports by itself. */
export type TerminalInput = {
  /** For Ink: a terminal whose mode and place in the event loop are not Ink's concern. */
  readonly typed: NodeJS.ReadableStream;
  /** Leaves everything that is typed from now on to another program, and takes it again. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => void;
};

/** So long after an Esc that nothing followed, it is a key. */
const KEY_MS = 30;

/** Reads a terminal. `onReports`: what it said by itself; `hasPointer`: whether that includes what the pointer does. */
export function terminalInput(
  stdin: NodeJS.ReadableStream,
  hasPointer: () => boolean,
  onReports: (reported: FilteredInput) => void,
): TerminalInput {
  const filter = createReportFilter(hasPointer);
  const typed = new PassThrough();
  let timer: NodeJS.Timeout | undefined;
  const pass = (input: FilteredInput): void => {
    if (input.text !== '') typed.write(Buffer.from(input.text, 'latin1'));
    if (input.reports.length > 0 || input.answers > 0) onReports(input);
  };
  const onData = (chunk: Buffer | string): void => {
    clearTimeout(timer);
    pass(filter.push(Buffer.from(chunk).toString('latin1')));
    if (filter.isHolding()) timer = setTimeout(() => pass(filter.flush()), KEY_MS);
  };
  stdin.on('data', onData);
  return {
    typed: Object.assign(typed, {isTTY: true, setRawMode: () => typed, ref: () => typed, unref: () => typed}),
    pause: () => void stdin.pause(),
    resume: () => void stdin.resume(),
    close() {
      clearTimeout(timer);
      stdin.off('data', onData);
      stdin.pause();
    },
  };
}

/** A terminal for Ink that shows nothing: the canvas draws instead. */
export function silentTerminal(): NodeJS.WritableStream {
  const output = new Writable({decodeStrings: false, write: (_text, _encoding, done) => done()});
  return Object.assign(output, {isTTY: true, columns: 80, rows: 24});
}
