import {PassThrough, Writable} from 'node:stream';
import xterm from '@xterm/headless';
import {eventually} from '../harness/eventually.ts';
import {type Cells, cellsOf} from './screen-cells.ts';

export type TerminalSize = {readonly columns: number; readonly rows: number};

/** How one cell looks. Colors are palette numbers, null for the terminal's own. */
export type CellStyle = {
  readonly text: string;
  readonly color: number | null;
  readonly background: number | null;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isInverse: boolean;
};

/** A terminal without a window: streams that a program treats as a terminal, and the resulting screen. */
export type FakeTerminal = {
  readonly stdin: FakeInput;
  readonly stdout: FakeOutput;
  readonly stderr: FakeOutput;
  /** Rows of the screen as text, without trailing spaces. */
  readonly lines: () => string[];
  readonly text: () => string;
  readonly cells: () => Cells;
  readonly styleAt: (row: number, column: number) => CellStyle;
  /** True while the program shows the alternate screen. */
  readonly isAlternate: () => boolean;
  readonly isCursorHidden: () => boolean;
  /** Types bytes, as a keyboard would send them. */
  readonly type: (bytes: string) => void;
  readonly resize: (size: TerminalSize) => void;
  /** Resolves when everything written is on the screen. */
  readonly drained: () => Promise<void>;
  /** Resolves when the condition holds; fails with the screen if it does not in time. */
  readonly waitFor: (condition: () => boolean, what?: string) => Promise<void>;
  /** Resolves once the text is on the screen; fails with the screen. */
  readonly shows: (text: string) => Promise<void>;
};

/** Opens a terminal of a size. */
export function createFakeTerminal(size: TerminalSize): FakeTerminal {
  const emulator = new xterm.Terminal({cols: size.columns, rows: size.rows, allowProposedApi: true, scrollback: 1000});
  // A terminal converts a line feed into carriage return and line feed.
  const draw = (text: string, done: () => void): void => emulator.write(text.replaceAll(/\r?\n/g, '\r\n'), done);
  const stdin = new FakeInput();
  // The answers of the terminal itself, such as to a status request.
  emulator.onData((answer) => stdin.write(answer));
  const stdout = new FakeOutput(size, draw);
  const stderr = new FakeOutput(size, draw);

  async function waitFor(condition: () => boolean, what = 'the screen to change'): Promise<void> {
    const looked = async (): Promise<boolean> => {
      await drained();
      return condition();
    };
    if (!condition()) await eventually(looked, () => `${what} on this screen:\n${lines().join('\n')}\n`, {everyMs: 5});
  }

  function lines(): string[] {
    const buffer = emulator.buffer.active;
    return Array.from({length: emulator.rows}, (_, row) => {
      return buffer.getLine(buffer.baseY + row)?.translateToString(true, 0, emulator.cols) ?? '';
    });
  }

  async function drained(): Promise<void> {
    await new Promise<void>((resolve) => stdout.write('', () => resolve()));
    await new Promise<void>((resolve) => emulator.write('', resolve));
  }

  return {
    stdin,
    stdout,
    stderr,
    lines,
    text: () => lines().join('\n'),
    cells: () => cellsOf(emulator),
    styleAt: (row, column) => {
      const buffer = emulator.buffer.active;
      const cell = buffer.getLine(buffer.baseY + row)?.getCell(column);
      if (cell === undefined) throw new Error(`no cell at row ${row}, column ${column}`);
      return {
        text: cell.getChars(),
        color: cell.isFgDefault() ? null : cell.getFgColor(),
        background: cell.isBgDefault() ? null : cell.getBgColor(),
        isBold: cell.isBold() !== 0,
        isDim: cell.isDim() !== 0,
        isInverse: cell.isInverse() !== 0,
      };
    },
    isAlternate: () => emulator.buffer.active.type === 'alternate',
    isCursorHidden: () => stdout.written().lastIndexOf('\u001b[?25l') > stdout.written().lastIndexOf('\u001b[?25h'),
    type: (bytes) => stdin.write(bytes),
    resize: (next) => {
      emulator.resize(next.columns, next.rows);
      stdout.resize(next);
    },
    drained,
    waitFor,
    shows: (text) => waitFor(() => lines().join('\n').includes(text), `"${text}"`),
  };
}

/** Input that a program treats as a terminal in raw mode. */
export class FakeInput extends PassThrough {
  readonly isTTY = true;
  isRaw = false;

  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** Output that a program treats as a terminal; keeps what was written. */
export class FakeOutput extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  readonly chunks: string[] = [];
  readonly #draw: (text: string, done: () => void) => void;

  constructor(size: TerminalSize, draw: (text: string, done: () => void) => void) {
    super({decodeStrings: false});
    this.columns = size.columns;
    this.rows = size.rows;
    this.#draw = draw;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    if (chunk !== '') this.chunks.push(chunk);
    this.#draw(chunk, done);
  }

  resize(size: TerminalSize): void {
    this.columns = size.columns;
    this.rows = size.rows;
    this.emit('resize');
  }

  /** Everything written so far. */
  written(): string {
    return this.chunks.join('');
  }

  /** The most rows that a single write went through: a frame taller than the window scrolls it, which flickers. */
  tallestWrite(): number {
    return Math.max(0, ...this.chunks.map((chunk) => chunk.split('\n').length));
  }
}
