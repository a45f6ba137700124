import {createWhatIf} from '../../src/cli/planning/what-if.ts';
import type {ConsoleData} from '../../src/client/console-data.ts';
import {builtInLayout} from '../../src/layout/load-layout.ts';
import {type ActionId, bindingOf} from '../../src/tui/keys/key-table.ts';
import {type ConsoleOptions, type ConsoleOutcome, runConsole} from '../../src/tui/run-console.tsx';
import type {PanelViews} from '../../src/tui/screen/panel-input.ts';
import {createPlanScreen} from '../../src/views/plan-screen/plan-screen.ts';
import type {RestartDialogViewFunction} from '../../src/views/restart/restart-dialog-view.ts';
import type {PanelViewFunction} from '../../src/views/rows.ts';
import {buildConsoleData, TEST_NOW_MS} from './build-snapshot.ts';
import {createFakeTerminal, type FakeTerminal, type TerminalSize} from './fake-terminal.ts';
import {createMemorySession, type MemorySession} from './memory-session.ts';

export type OpenedConsole = {
  readonly terminal: FakeTerminal;
  readonly session: MemorySession;
  /** Presses the first key of an action, whatever key that is. */
  readonly press: (action: ActionId) => Promise<void>;
  readonly type: (bytes: string) => Promise<void>;
  readonly outcome: Promise<ConsoleOutcome>;
  /** Leaves and waits for the end. */
  readonly close: () => Promise<ConsoleOutcome>;
};

export type OpenOptions = Partial<
  Pick<ConsoleOptions, 'panelViews' | 'restartDialogView' | 'planScreen' | 'nowMs' | 'exitNote'>
> & {
  readonly size?: TerminalSize;
  readonly data?: ConsoleData;
  readonly environment?: Readonly<Record<string, string>>;
};

/** The console over a session in memory, in a terminal of the test's size, its first frame drawn. */
export async function openConsole(options: OpenOptions = {}): Promise<OpenedConsole> {
  const {size = {columns: 120, rows: 40}, data = buildConsoleData(), environment, ...rest} = options;
  const terminal = createFakeTerminal(size);
  const session = createMemorySession(data);
  const layout = builtInLayout('overview');
  if (!layout.ok) throw new Error(layout.error.message);
  const outcome = runConsole({
    session,
    panelViews: namedPanels(),
    restartDialogView: echoDialog,
    planScreen: createPlanScreen(createWhatIf(() => null)),
    layout: layout.value,
    environment: environment ?? {TERM: 'xterm-256color', LANG: 'en_US.UTF-8'},
    stdin: terminal.stdin,
    stdout: terminal.stdout,
    stderr: terminal.stderr,
    nowMs: () => TEST_NOW_MS,
    ...rest,
  });
  await terminal.waitFor(() => terminal.lines().some((line) => line !== ''), 'the first frame');
  const type = async (bytes: string): Promise<void> => {
    terminal.type(bytes);
    // A lone escape may be the start of a sequence: Ink waits 20 ms for the rest.
    await new Promise((resolve) => setTimeout(resolve, bytes === '\u001b' ? 60 : 45));
    await terminal.drained();
  };
  const press = (action: ActionId): Promise<void> => type(bytesOf(bindingOf(action).keys[0] ?? ''));
  return {
    terminal,
    session,
    press,
    type,
    outcome,
    close: async () => {
      terminal.type(bytesOf('ctrl+c'));
      return outcome;
    },
  };
}

/** Panels that say their name, their size, and what the test needs to see of the data. */
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
    'gpu-memory': named('gpu-memory'),
    'vram-budget': named('vram-budget'),
    throughput: named('throughput'),
    'kv-cache': named('kv-cache'),
    latency: named('latency'),
    cost: named('cost'),
    findings: named('findings'),
    log,
    ...overrides,
  };
}

/** A dialog that repeats the draft, and blocks lengths above 262,144 tokens. */
export const echoDialog: RestartDialogViewFunction = ({draftContextTokens}) => {
  const isTooLong = draftContextTokens !== null && draftContextTokens > 262_144;
  return {
    rows: [[{text: `plan for ${draftContextTokens}`, tone: 'normal'}]],
    canConfirm: draftContextTokens !== null && !isTooLong,
    blockedReason: isTooLong ? 'the KV cache does not fit' : null,
  };
};

/** What a terminal sends for a key of the key table. */
export function bytesOf(key: string): string {
  const special: Readonly<Record<string, string>> = {
    enter: '\r',
    escape: '\u001b',
    tab: '\t',
    'shift+tab': '\u001b[Z',
    backspace: '\u007f',
    up: '\u001b[A',
    down: '\u001b[B',
    right: '\u001b[C',
    left: '\u001b[D',
    'page-up': '\u001b[5~',
    'page-down': '\u001b[6~',
    home: '\u001b[H',
    end: '\u001b[F',
  };
  if (key.startsWith('ctrl+')) return String.fromCharCode(key.charCodeAt(5) - 96);
  return special[key] ?? key;
}
