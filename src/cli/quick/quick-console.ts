import type {Snapshot} from '../../api/snapshot.ts';
import {createApiClient} from '../../client/api-client.ts';
import type {ConsoleSession} from '../../client/console-data.ts';
import {createConsoleSession} from '../../client/console-session.ts';
import {themeChoices} from '../../shared/appearance/theme-choices.ts';
import {type Directories, stateSocketPath} from '../../supervisor/state-dir/directories.ts';
import {selectTerminal} from '../../tui/theme/select-terminal.ts';
import {exitNote} from '../../views/text/exit-note.ts';
import type {Attended} from '../console/attend-console.ts';
import {type Shown, showConsole} from '../console/show-console.ts';
import type {ExitCode} from '../exit-codes.ts';
import type {Output} from '../output.ts';
import {CLIENT_NAME, terminalName} from '../terminal-name.ts';

/** What a quick console is opened with. */
export type QuickConsole = {
  readonly directories: Directories;
  readonly output: Output;
  /** Of a supervisor whose configuration is that of this command. */
  readonly snapshot: Snapshot;
  readonly isReadOnly: boolean;
};

/**
 * Opens the console of a supervisor that runs; null, with nothing drawn, on a terminal that cannot show it, and with keys of the
 * operator, whose places in the file have to be known.
 */
export async function openQuickConsole({
  directories,
  output,
  snapshot,
  isReadOnly,
}: QuickConsole): Promise<ExitCode | null> {
  if (!selectTerminal(process.env, process.stdout.isTTY).canDraw || hasOwnKeys(snapshot)) return null;
  const nowMs = (): number => Date.now();
  const client = createApiClient({
    socketPath: directories.socketPath,
    secondSocketPath: stateSocketPath(directories),
    judgeSilence: async (silentMs) => {
      const {createSilenceJudge} = await import('../supervision/process/judge-silence.ts');
      return createSilenceJudge(directories)(silentMs);
    },
    clientName: CLIENT_NAME,
    terminal: terminalName(),
  });
  const {theme, layout, hasPointer} = appearanceIn(snapshot);
  const {session, end} = attendedOnceLost(createConsoleSession({client, nowMs, first: snapshot}));
  const shown = {
    session,
    nowMs,
    isReadOnly,
    note: exitNote,
    directories,
    output,
    layout,
    theme,
    hasPointer,
    isAscii: false,
  };
  const exitCode = await showConsole(shown);
  end();
  return exitCode;
}

function hasOwnKeys({configuration}: Snapshot): boolean {
  return configuration.values.some(({key, origin}) => key === 'console.keys' && origin.from !== 'default');
}

/** The theme, the layout and the mouse of the configuration that is in force. */
function appearanceIn({configuration}: Snapshot): Pick<Shown, 'theme' | 'layout' | 'hasPointer'> {
  const configured = (key: string): unknown => configuration.values.find((row) => row.key === key)?.value;
  const layout = configured('console.layout');
  return {
    theme: themeChoices.find((choice) => choice === configured('console.theme')) ?? 'auto',
    layout: typeof layout === 'string' ? layout : 'overview',
    hasPointer: configured('console.mouse') === true,
  };
}

/**
 * The session, attended from the first time that its supervisor is lost. Before, nothing about the configuration of this command can
 * differ, and no supervisor has to be started.
 */
function attendedOnceLost(connected: ConsoleSession): Attended {
  let attended: Attended | null = null;
  let isEnded = false;
  const attend = async (): Promise<void> => {
    const {attendQuickConsole} = await import('../console/attend-console.ts');
    const found = await attendQuickConsole(connected);
    if (isEnded) found?.end();
    else attended = found;
  };
  const stop = connected.subscribe(() => {
    if (connected.getData().connection.kind !== 'lost') return;
    stop();
    void attend();
  });
  return {
    session: {...connected, getData: () => (attended?.session ?? connected).getData()},
    end() {
      isEnded = true;
      stop();
      attended?.end();
    },
  };
}
