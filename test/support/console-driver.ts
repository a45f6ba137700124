import {type Box, boxesOf, type Cells, noticeRow} from './screen-cells.ts';

/** What the driver needs from a terminal, a fake one or a real pseudo-terminal. */
export type DrivenTerminal = {
  readonly cells: () => Cells;
  /** Sends bytes of one key press, and resolves when the console has handled it, as far as the terminal can detect. */
  readonly send: (bytes: string) => Promise<void>;
  /** Resolves when the condition holds; fails with the screen if it does not in time. */
  readonly waitFor: (condition: () => boolean, what: string) => Promise<void>;
};

/** A part of the screen, as it is currently painted. */
export type Part = {
  /** Resolves once the part is there with this text. */
  readonly shows: (text: string | RegExp) => Promise<void>;
  /** Resolves once the part is there without this text. */
  readonly lacks: (text: string | RegExp) => Promise<void>;
};

/** A bordered part of the screen, found by the start of its title. */
export type BoxPart = Part & {
  readonly isOpen: () => Promise<void>;
  readonly isGone: () => Promise<void>;
  /** The complete row with this text. */
  readonly row: (text: string | RegExp) => Promise<string>;
  /** Its currently painted rows. */
  readonly rows: () => readonly string[];
  readonly note: () => string;
};

/** A console as its operator uses it: keys as input, parts of the screen as output. */
export type ConsoleDriver = {
  /** Presses keys one after the other: characters, or `Enter`, `Esc`, `Tab`, `Shift+Tab`, `Up`, `PgDn`, `Ctrl+C` ... */
  readonly press: (...keys: readonly string[]) => DriverStep;
  /** Types characters, each as a separate key press. */
  readonly type: (text: string) => DriverStep;
  /** Pastes text as a terminal with bracketed paste sends it. */
  readonly paste: (text: string) => DriverStep;
  readonly header: () => Part;
  readonly footer: () => Part;
  /** The last answer or refusal, above the footer. */
  readonly notice: () => Part;
  readonly panel: (title: string) => BoxPart;
  readonly dialog: (title: string) => BoxPart;
  /** A box over the whole area. */
  readonly screen: (title: string) => BoxPart;
};

/** Resolves when the keys before it were handled; more can follow immediately. */
export type DriverStep = Promise<void> & ConsoleDriver;

/** Drives the console in a terminal. Nothing here sleeps: claims are polled. */
export function createConsoleDriver(terminal: DrivenTerminal): ConsoleDriver {
  return driverAfter(Promise.resolve(), terminal);
}

function driverAfter(before: Promise<void>, terminal: DrivenTerminal): ConsoleDriver {
  const after = (bytes: readonly string[]): DriverStep => {
    const taken = sendAll(before, bytes, terminal);
    return Object.assign(taken, driverAfter(taken, terminal));
  };
  const line = (row: (cells: Cells) => string | undefined, name: string): Part =>
    partOf(before, terminal, name, () => row(terminal.cells()) ?? null);
  const box = (title: string, isScreen: boolean): BoxPart =>
    boxPart(before, terminal, title, () =>
      boxesOf(terminal.cells()).find((found) => found.title.startsWith(title) && (!isScreen || found.isScreen)),
    );
  return {
    press: (...keys) => after(keys.map(bytesOf)),
    type: (text) => after([...text]),
    paste: (text) => after([`\u001b[200~${text}\u001b[201~`]),
    header: () => line((cells) => cells.at(0)?.join(''), 'the header'),
    footer: () => line((cells) => cells.at(-1)?.join(''), 'the footer'),
    notice: () => line(noticeText, 'the notice'),
    panel: (title) => box(title, false),
    dialog: (title) => box(title, false),
    screen: (title) => box(title, true),
  };
}

async function sendAll(before: Promise<void>, keys: readonly string[], terminal: DrivenTerminal): Promise<void> {
  await before;
  for (const key of keys) await terminal.send(key);
}

function partOf(before: Promise<void>, terminal: DrivenTerminal, name: string, text: () => string | null): Part {
  const until = async (condition: () => boolean, what: string): Promise<void> => {
    await before;
    await terminal.waitFor(condition, what);
  };
  return {
    shows: (claim) => until(() => says(text(), claim), `${name} to show ${String(claim)}`),
    lacks: (claim) => until(() => text() !== null && !says(text(), claim), `${name} not to show ${String(claim)}`),
  };
}

function boxPart(before: Promise<void>, terminal: DrivenTerminal, title: string, find: () => Box | undefined): BoxPart {
  const present = (): Box => {
    const found = find();
    if (found === undefined) throw new Error(`"${title}" is not on the screen:\n${textOf(terminal.cells())}`);
    return found;
  };
  const part = partOf(before, terminal, `"${title}"`, () => {
    const found = find();
    return found === undefined ? null : [found.title, found.note, found.rows.join('\n')].join('\n');
  });
  return {
    ...part,
    isOpen: () => part.shows(title),
    async isGone() {
      await before;
      await terminal.waitFor(() => find() === undefined, `"${title}" to go`);
    },
    async row(claim) {
      await before;
      const said = (): string | undefined => find()?.rows.find((row) => says(row, claim));
      await terminal.waitFor(() => said() !== undefined, `a row of "${title}" to say ${String(claim)}`);
      return said() ?? '';
    },
    rows: () => present().rows,
    note: () => present().note,
  };
}

/** The rows between the last border and the footer. */
function noticeText(cells: Cells): string | undefined {
  const start = noticeRow(cells);
  if (start === -1) return undefined;
  return cells
    .slice(start, -1)
    .map((row) => row.join('').trimEnd())
    .join(' ');
}

/** Text over several rows is joined, because the wrapping depends on the width. */
function says(text: string | null, claim: string | RegExp): boolean {
  if (text === null) return false;
  return typeof claim === 'string'
    ? text.replaceAll(/\s*\n\s*/g, ' ').includes(claim) || text.includes(claim)
    : claim.test(text);
}

function textOf(cells: Cells): string {
  return cells.map((row) => row.join('').trimEnd()).join('\n');
}

/** What a terminal sends for a key. */
export function bytesOf(key: string): string {
  const named = namedKeys[key];
  if (named !== undefined) return named;
  if (key.startsWith('Ctrl+')) return String.fromCharCode(key.toUpperCase().charCodeAt(5) - 64);
  if ([...key].length !== 1) throw new Error(`no key is called ${key}`);
  return key;
}

const namedKeys: Readonly<Record<string, string>> = {
  Enter: '\r',
  Esc: '\u001b',
  Tab: '\t',
  'Shift+Tab': '\u001b[Z',
  Backspace: '\u007f',
  Up: '\u001b[A',
  Down: '\u001b[B',
  Right: '\u001b[C',
  Left: '\u001b[D',
  PgUp: '\u001b[5~',
  PgDn: '\u001b[6~',
  Home: '\u001b[H',
  End: '\u001b[F',
};

/** A key pressed this many times. */
export function times(count: number, key: string): readonly string[] {
  return Array.from({length: count}, () => key);
}
