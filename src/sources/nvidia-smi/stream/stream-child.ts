import {createLineSplitter} from '../../../shared/line-splitter.ts';
import {type ChildEnd, startChild} from './start-child.ts';

const MAX_ERROR_TEXT = 4_000;

/** How a stream ended. */
export type StreamEnd = ChildEnd & {
  /** What it printed that was no row: its error text. */
  readonly text: string;
  /** Resolves when a stuck child vanishes after all. */
  readonly gone: Promise<void>;
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
  const out = createLineSplitter();
  const err = createLineSplitter();
  let text = '';
  const keep = (line: string): void => {
    if (text.length < MAX_ERROR_TEXT) text += `${line.slice(0, MAX_ERROR_TEXT)}\n`;
  };
  const take = (line: string): void => {
    // Rows hold commas; every start-up message is kept, to be read when the child ends.
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
  const ended = child.ended.then((end) => {
    // What stands behind the last line feed may be half a row: kept as text only where it can be none.
    for (const rest of [out.flush(), err.flush()]) if (rest !== null && !rest.text.includes(', ')) keep(rest.text);
    return {...end, text, gone: child.gone};
  });
  return {stop: child.stop, ended};
}
