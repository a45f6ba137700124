import {createLineSplitter} from '../../../shared/line-splitter.ts';
import {type ChildEnd, startChild} from './start-child.ts';

const MAX_ERROR_TEXT = 4_000;
/** A node of 64 GPUs prints 20 kB at a time; a program that prints far more in a second is not the driver's. */
const MOST_BYTES_PER_SECOND = 500_000;
const MOST_LINES_PER_SECOND = 5_000;
/** The program writes each cell separately: how long one waits for the others of its frame, to be worked on together. */
const GATHER_MS = 50;

/** The error text of a stream that was stopped for what it printed. */
export const FLOOD_TEXT = 'it printed more than 500 kB or 5,000 lines in a second';

/** How a stream exited. */
export type StreamEnd = ChildEnd & {
  /** Output that is not a row: its error text. */
  readonly text: string;
  /** Resolves when a stuck child exits. */
  readonly gone: Promise<void>;
};

export type StreamChild = {
  /** SIGTERM, SIGKILL after two seconds; `ended` resolves in any case. */
  readonly stop: () => void;
  readonly ended: Promise<StreamEnd>;
};

/** Starts a long-lived child and passes on its lines, split at line feeds only: those that belong together in one call. */
export function startStreamChild(
  executable: string,
  args: readonly string[],
  onLines: (lines: readonly string[]) => void,
): StreamChild {
  const out = createLineSplitter();
  const err = createLineSplitter();
  let text = '';
  const keep = (line: string): void => {
    if (text.length < MAX_ERROR_TEXT) text += `${line.slice(0, MAX_ERROR_TEXT)}\n`;
  };
  const take = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    // Rows contain commas; start-up messages are kept for when the child exits.
    for (const line of lines) if (line !== '' && !/^[^,]+, [^,]+, /.test(line)) keep(line);
    onLines(lines);
  };
  let second = {startMs: performance.now(), bytes: 0, lines: 0};
  let isFlooding = false;
  /** False once it prints too much: it is stopped, and nothing more of it is read. */
  const isWithinBounds = (chunk: Buffer, lineCount: number): boolean => {
    const nowMs = performance.now();
    if (nowMs - second.startMs > 1_000) second = {startMs: nowMs, bytes: 0, lines: 0};
    second.bytes += chunk.length;
    second.lines += lineCount;
    if (!isFlooding && (second.bytes > MOST_BYTES_PER_SECOND || second.lines > MOST_LINES_PER_SECOND)) {
      isFlooding = true;
      text = `${FLOOD_TEXT}\n`;
      child.stop();
    }
    return !isFlooding;
  };
  const child = startChild(executable, args, {
    onStdout: (chunk) => {
      const lines = out.push(chunk);
      if (isWithinBounds(chunk, lines.length)) take(lines.map((line) => line.text));
    },
    onStderr: (chunk) => {
      const lines = err.push(chunk);
      if (isWithinBounds(chunk, lines.length)) for (const line of lines) keep(line.text);
    },
    gatherMs: GATHER_MS,
  });
  const untilEnded = async (): Promise<StreamEnd> => {
    const end = await child.ended;
    // Text after the last line feed may be half a row: kept as text only if it cannot be one.
    for (const rest of isFlooding ? [] : [out.flush(), err.flush()])
      if (rest !== null && !rest.text.includes(', ')) keep(rest.text);
    return {...end, text, gone: child.gone};
  };
  return {stop: child.stop, ended: untilEnded()};
}
