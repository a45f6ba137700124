import {createLineSplitter} from '../../../shared/line-splitter.ts';
import {type ChildEnd, startChild} from './start-child.ts';

const MAX_ERROR_TEXT = 4_000;

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

/** Starts a long-lived child and passes on its lines, split at line feeds only. */
export function startStreamChild(
  executable: string,
  args: readonly string[],
  onLine: (line: string) => void,
): StreamChild {
  const out = createLineSplitter();
  const err = createLineSplitter();
  let text = '';
  const keep = (line: string): void => {
    if (text.length < MAX_ERROR_TEXT) text += `${line.slice(0, MAX_ERROR_TEXT)}\n`;
  };
  const take = (line: string): void => {
    // Rows contain commas; start-up messages are kept for when the child exits.
    if (line !== '' && !/^[^,]+, [^,]+, /.test(line)) keep(line);
    onLine(line);
  };
  const child = startChild(executable, args, {
    onStdout: (chunk) => {
      for (const line of out.push(chunk)) take(line.text);
    },
    onStderr: (chunk) => {
      for (const line of err.push(chunk)) keep(line.text);
    },
  });
  const untilEnded = async (): Promise<StreamEnd> => {
    const end = await child.ended;
    // Text after the last line feed may be half a row: kept as text only if it cannot be one.
    for (const rest of [out.flush(), err.flush()]) if (rest !== null && !rest.text.includes(', ')) keep(rest.text);
    return {...end, text, gone: child.gone};
  };
  return {stop: child.stop, ended: untilEnded()};
}
