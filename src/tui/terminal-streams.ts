import {constants, openSync, write as writeFile, writeSync} from 'node:fs';
import {PassThrough, Writable} from 'node:stream';
import {isatty} from 'node:tty';
import {errorCode} from '../shared/error-code.ts';
import type {WriteTerminal} from './canvas/display.ts';
import {createKeySequences} from './keys/key-sequences.ts';
import {createReportFilter, type FilteredInput} from './pointer/report-filter.ts';

/** The properties of a terminal's output stream used here. */
export type TerminalOutput = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly fd?: number;
};

/** Writes to a terminal, without waiting until it takes what is written. */
export type TerminalWriter = {
  readonly write: WriteTerminal;
  /** Writes what the next steps depend on; gives up after some time. A terminal that is gone needs nothing. */
  readonly writeNow: (text: string) => void;
};

/**
 * Node's own stream waits in the write until the terminal takes it, and no key is handled meanwhile; a thread that waits in it
 * keeps the process from ending. A stream without a file descriptor is written to as it is. `onError`: the terminal is gone.
 */
export function terminalWriter(output: TerminalOutput, onError: () => void): TerminalWriter {
  if (output.fd === undefined) {
    return {write: (text, done) => void output.write(text, () => done()), writeNow: (text) => void output.write(text)};
  }
  const own = openUnblocked(output.fd);
  const fd = own ?? output.fd;
  const writeSome = own === null ? writeInThread : writeDirectly;
  return {
    write: (text, done) => writeAll({fd, writeSome, done, onError}, Buffer.from(text)),
    writeNow: (text) => writeNow(fd, Buffer.from(text)),
  };
}

/** The same terminal, in a mode that other programs with it do not share; null where it cannot be opened, and for what is no terminal. */
function openUnblocked(fd: number): number | null {
  if (!isatty(fd)) return null;
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    // After su, the terminal is that of another user.
    if (errorCode(error) === undefined) throw error;
    return null;
  }
}

/** Writes as much as is taken; `then` has how much that was. */
type WriteSome = (fd: number, bytes: Buffer, then: (error: unknown, written: number) => void) => void;

const writeInThread: WriteSome = (fd, bytes, then) => writeFile(fd, bytes, then);

/** What never waits needs no thread: to wake that one and be woken by it costs more than the write. */
const writeDirectly: WriteSome = (fd, bytes, then) => {
  let written = 0;
  try {
    written = writeSync(fd, bytes);
  } catch (error) {
    then(error, 0);
    return;
  }
  then(null, written);
};

/** Where is written, and what follows. */
type Writing = {
  readonly fd: number;
  readonly writeSome: WriteSome;
  readonly done: () => void;
  readonly onError: () => void;
};

function writeAll(writing: Writing, bytes: Buffer, retryMs = RETRY_MS): void {
  const {fd, writeSome, done, onError} = writing;
  writeSome(fd, bytes, (error, written) => {
    if (error !== null && !isFull(error)) {
      onError();
      done();
      return;
    }
    const rest = error === null ? bytes.subarray(written) : bytes;
    const nextMs = error === null ? RETRY_MS : Math.min(MOST_RETRY_MS, retryMs * 2);
    if (rest.length === 0) done();
    // One that was stopped with Ctrl+S may take nothing for hours, and keeps no process.
    else setTimeout(() => writeAll(writing, rest, nextMs), error === null ? 0 : retryMs).unref();
  });
}

const RETRY_MS = 20;
const MOST_RETRY_MS = 320;
/** When the terminal is taken or left, it is waited for so long. */
const GIVE_UP_MS = 1_000;

function writeNow(fd: number, bytes: Buffer): void {
  const untilMs = performance.now() + GIVE_UP_MS;
  for (let rest = bytes; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (isFull(error) && performance.now() < untilMs) pauseFor(RETRY_MS);
      else if (isFull(error) || ['EIO', 'EBADF', 'EPIPE'].includes(errorCode(error) ?? '')) return;
      else throw error;
    }
  }
}

/** Blocks: there is no later in a process that ends. */
function pauseFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);
}

function isFull(error: unknown): boolean {
  return ['EAGAIN', 'EINTR'].includes(errorCode(error) ?? '');
}

/** What is typed on a terminal, without what the terminal reports by itself. */
export type TerminalInput = {
  /** For Ink: a terminal whose mode and place in the event loop are not Ink's concern. */
  readonly typed: NodeJS.ReadableStream;
  /** From now on only reports and answers are read; what is typed is dropped, and a Ctrl+C is reported. `listen` ends it. */
  readonly ignore: (onInterrupt: () => void) => void;
  readonly listen: () => void;
  /** Leaves everything that is typed from now on to another program, and takes it again. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => void;
};

/** So long after an Esc that nothing followed, it is a key. What a terminal reports arrives as a whole, or nearly; Ink waits once more. */
const KEY_MS = 10;
/** The same for the first two characters of a sequence: Alt with such a key has no meaning, and a slow line may cut a sequence there. */
const LATE_KEY_MS = 1_000;
const CTRL_C = '\u0003';

/** Reads a terminal. `onReports`: what it said by itself; `hasPointer`: whether that includes what the pointer does. */
export function terminalInput(
  stdin: NodeJS.ReadableStream,
  hasPointer: () => boolean,
  onReports: (reported: FilteredInput) => void,
): TerminalInput {
  const filter = createReportFilter(hasPointer);
  const sequences = createKeySequences();
  const typed = new PassThrough();
  let timer: NodeJS.Timeout | undefined;
  let lastLook: NodeJS.Immediate | undefined;
  let onInterrupt: (() => void) | null = null;
  let lateTimer: NodeJS.Timeout | undefined;
  const type = (keys: string): void => {
    if (onInterrupt === null) {
      if (keys !== '') typed.write(Buffer.from(keys, 'latin1'));
    } else if (keys.includes(CTRL_C)) onInterrupt();
  };
  const pass = (input: FilteredInput): void => {
    if (input.hasReport) sequences.forget();
    type(sequences.push(input.text));
    clearTimeout(lateTimer);
    if (sequences.isHolding()) lateTimer = setTimeout(() => type(sequences.flush()), LATE_KEY_MS);
    if (input.reports.length > 0 || input.answers > 0) onReports(input);
  };
  const forget = (): void => {
    clearTimeout(timer);
    clearTimeout(lateTimer);
    clearImmediate(lastLook);
  };
  const onData = (chunk: Buffer | string): void => {
    forget();
    pass(filter.push(Buffer.from(chunk).toString('latin1')));
    // In a busy process the time is over before what arrived meanwhile has been read: that comes first.
    if (filter.isHolding()) timer = setTimeout(() => (lastLook = setImmediate(() => pass(filter.flush()))), KEY_MS);
  };
  stdin.on('data', onData);
  return {
    typed: Object.assign(typed, {isTTY: true, setRawMode: () => typed, ref: () => typed, unref: () => typed}),
    ignore(onNext) {
      onInterrupt = onNext;
    },
    listen() {
      onInterrupt = null;
    },
    pause: () => void stdin.pause(),
    resume: () => void stdin.resume(),
    close() {
      forget();
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
