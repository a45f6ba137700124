import {write as writeFile, writeSync} from 'node:fs';
import {Writable} from 'node:stream';
import {errorCode} from '../shared/error-code.ts';
import type {WriteTerminal} from './canvas/display.ts';

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

/** A terminal for Ink that shows nothing: the canvas draws instead. */
export function silentTerminal(): NodeJS.WritableStream {
  const output = new Writable({decodeStrings: false, write: (_text, _encoding, done) => done()});
  return Object.assign(output, {isTTY: true, columns: 80, rows: 24});
}
