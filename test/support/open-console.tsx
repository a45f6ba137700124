import type {ConsoleData} from '../../src/client/console-data.ts';
import {layoutsWith} from '../../src/layout/load-layout.ts';
import {ok} from '../../src/shared/result.ts';
import type {ConsoleOptions, ConsoleOutcome} from '../../src/tui/console-options.ts';
import {runConsole} from '../../src/tui/run-console.tsx';
import type {PanelViews} from '../../src/tui/screens/panels/panel-frames.ts';
import type {PanelViewFunction} from '../../src/views/rows.ts';
import {buildConsoleData, TEST_NOW_MS} from './build-snapshot.ts';
import {bytesOf, type ConsoleDriver, createConsoleDriver} from './console-driver.ts';
import {createFakeTerminal, type FakeTerminal, type TerminalSize} from './fake-terminal.ts';
import {createMemorySession, type MemorySession} from './memory-session.ts';

export type OpenedConsole = ConsoleDriver & {
  readonly terminal: FakeTerminal;
  readonly session: MemorySession;
  /** Types bytes in one write, as over a slow link; resolves when `keys` of them were handled. */
  readonly typeAtOnce: (bytes: string, keys: number) => Promise<void>;
  readonly outcome: Promise<ConsoleOutcome>;
  /** Exits and waits for the end. */
  readonly close: () => Promise<ConsoleOutcome>;
};

export type OpenOptions = Partial<
  Pick<
    ConsoleOptions,
    | 'panelViews'
    | 'nowMs'
    | 'exitNote'
    | 'stopProcess'
    | 'saveScreen'
    | 'theme'
    | 'userKeys'
    | 'pager'
    | 'isReadOnly'
    | 'hasPointer'
    | 'layoutOf'
  >
> & {
  readonly size?: TerminalSize;
  readonly data?: ConsoleData;
  readonly environment?: Readonly<Record<string, string>>;
};

/** The console on an in-memory session, in a terminal of the test's size, with its first frame drawn. */
export async function openConsole(options: OpenOptions = {}): Promise<OpenedConsole> {
  const {size = {columns: 120, rows: 40}, data = buildConsoleData(), environment, ...rest} = options;
  const terminal = createFakeTerminal(size);
  const session = createMemorySession(data);
  let taken = 0;
  let drawn = Promise.resolve();
  const outcome = runConsole({
    session,
    panelViews: namedPanels(),
    layoutOf: layoutsWith(new Map()),
    environment: environment ?? {TERM: 'xterm-256color', LANG: 'en_US.UTF-8'},
    stdin: terminal.stdin,
    stdout: terminal.stdout,
    stderr: terminal.stderr,
    nowMs: () => TEST_NOW_MS,
    // On a busy host the answers of the terminal would take long, and the header would say so.
    linkMs: () => 0,
    pager: {refusal: null, open: () => Promise.resolve(ok('/run/engine.log, whole.'))},
    stopProcess: () => {},
    isInBackground: () => false,
    fillTmuxBuffer: () => Promise.resolve(false),
    saveScreen: (screen) => Promise.resolve(ok(`/home/op/gantry-${screen.name}.${screen.extension}`)),
    onInput: (frame) => {
      taken += 1;
      drawn = frame;
    },
    ...rest,
  });
  await drawnWhole(terminal);
  const typeAtOnce = async (bytes: string, keys: number): Promise<void> => {
    const expected = taken + keys;
    terminal.type(bytes);
    await terminal.waitFor(() => taken >= expected, `${JSON.stringify(bytes)} to be taken`);
    await drawn;
    await terminal.drained();
  };
  const driven = {cells: terminal.cells, send: (bytes: string) => typeAtOnce(bytes, 1), waitFor: terminal.waitFor};
  return {
    ...createConsoleDriver(driven),
    terminal,
    session,
    typeAtOnce,
    outcome,
    close: async () => {
      terminal.type(bytesOf('Ctrl+C'));
      return outcome;
    },
  };
}

/** A first frame arrives in parts, each after the terminal answered for the one before; the last row may not be the last part. */
async function drawnWhole(terminal: FakeTerminal): Promise<void> {
  const hasLines = (): boolean => terminal.lines().some((line) => line !== '');
  let shown: string | null = null;
  const isSettled = (): boolean => {
    const before = shown;
    shown = terminal.stdout.written();
    return hasLines() && before === shown;
  };
  await terminal.waitFor(isSettled, 'the whole first frame');
}

/** Panels that show their name, their size, and the data that the test needs. */
export function namedPanels(overrides: Partial<PanelViews> = {}): PanelViews {
  const named =
    (name: string): PanelViewFunction =>
    ({columns, rows}) => ({
      title: name,
      titleNote: '',
      tone: 'normal',
      rows: [[{text: `${name} ${columns}x${rows}`, tone: 'normal'}]],
    });
  const log: PanelViewFunction = ({data, rows, columns}) => ({
    title: 'log',
    titleNote: 'follows',
    tone: 'normal',
    rows: data.log
      .slice(-rows)
      .map(({number, text}) => [{text: `${number} ${text}`.slice(0, columns), tone: 'normal'}]),
  });
  return {
    server: named('server'),
    'node-size': named('node-size'),
    'gpu-memory': named('gpu-memory'),
    'vram-budget': named('vram-budget'),
    throughput: named('throughput'),
    'kv-cache': named('kv-cache'),
    latency: named('latency'),
    cost: named('cost'),
    findings: named('findings'),
    'gpu-table': named('gpu-table'),
    chart: named('chart'),
    'request-sizes': named('request-sizes'),
    'cost-table': named('cost-table'),
    'cost-days': named('cost-days'),
    'price-books': named('price-books'),
    settings: named('settings'),
    starts: named('starts'),
    'state-strip': named('state-strip'),
    'start-phases': named('start-phases'),
    command: named('command'),
    processes: named('processes'),
    'start-progress': named('start-progress'),
    problem: named('problem'),
    'next-start': named('next-start'),
    figure: named('figure'),
    log,
    ...overrides,
  };
}
