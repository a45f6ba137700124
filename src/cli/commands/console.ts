import path from 'node:path';
import type {Snapshot} from '../../api/snapshot.ts';
import type {ConsoleSession} from '../../client/console-data.ts';
import {createConsoleSession} from '../../client/console-session.ts';
import {loadLayouts} from '../../layout/load-layout.ts';
import {selectTerminal} from '../../tui/theme/select-terminal.ts';
import {panelViews} from '../../views/panels/panel-views.ts';
import {exitNote} from '../../views/text/exit-note.ts';
import {userKeysOf} from '../console/configured-keys.ts';
import {createPager} from '../console/open-pager.ts';
import {saveScreen} from '../console/save-screen.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {followCommandConfiguration} from '../follow-command-configuration.ts';
import {printError} from '../output.ts';
import {keepHeapSmall} from '../service/process-memory.ts';
import {withCommandFindings} from '../supervision/command-findings.ts';
import {ensureSupervisor} from '../supervision/ensure-supervisor.ts';
import {keepSupervised} from '../supervision/process/revive-supervisor.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';
import {runStatus} from './status.ts';

/** `gantry`: the console; without a terminal, or on one that cannot position its cursor, one snapshot as text. */
export async function runConsoleCommand(global: GlobalOptions): Promise<ExitCode> {
  const isTerminal = process.stdin.isTTY && selectTerminal(process.env, process.stdout.isTTY).canDraw;
  if (!isTerminal || global.json) return runStatus(global, {});
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const supervisor = await ensureSupervisor(wiring.value, null);
  if (!supervisor.ok) return printError(wiring.value.output, supervisor.error);
  return openConsole(wiring.value, global);
}

/** Runs the console with the running supervisor until the operator exits; `note` is printed after that. */
export async function openConsole(
  wiring: Wiring,
  global: GlobalOptions,
  note: (snapshot: Snapshot) => string = exitNote,
): Promise<ExitCode> {
  const nowMs = (): number => Date.now();
  const connected = createConsoleSession({client: wiring.client, nowMs});
  const own = followCommandConfiguration(wiring);
  const session = withCommandFindings(connected, own.current);
  const endSupervision = keepSupervised(wiring, session);
  const exitCode = await showConsole(wiring, global, {session, nowMs, note, isReadOnly: global.readOnly === true});
  endSupervision();
  own.stop();
  return exitCode;
}

/** What a console shows. */
export type Shown = {
  readonly session: ConsoleSession;
  /** The time of what is shown. */
  readonly nowMs: () => number;
  readonly isReadOnly: boolean;
  readonly note: (snapshot: Snapshot) => string;
};

/** Runs the console with this session until the operator exits, then closes the session. */
export async function showConsole(
  wiring: Wiring,
  global: GlobalOptions,
  {session, nowMs, isReadOnly, note}: Shown,
): Promise<ExitCode> {
  const layouts = await loadLayouts({
    userDirectory: wiring.directories.configDir,
    name: global.layout ?? wiring.configuration.console.layout,
  });
  if (!layouts.ok) {
    session.close();
    return printError(wiring.output, layouts.error);
  }
  keepHeapSmall();
  const {runConsole} = await import('../../tui/run-console.tsx');
  const outcome = await runConsole({
    ...{session, panelViews, nowMs, isReadOnly},
    layoutOf: layouts.value,
    environment: {...process.env, ...(global.ascii === true ? {GANTRY_ASCII: '1'} : {})},
    theme: wiring.appearance.theme,
    userKeys: userKeysOf(wiring.loaded),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    exitNote: note,
    saveScreen: (screen) => saveScreen(screen, {directories: saveDirectories(wiring), nowMs: () => Date.now()}),
    pager: createPager({
      ...{environment: process.env, isReadOnly},
      write: (text) => void process.stdout.write(text),
    }),
    // The whole group, as the terminal would: a wrapper around this process stops with it.
    stopProcess: () => process.kill(0, 'SIGTSTP'),
  });
  session.close();
  if (outcome.reason === 'cannot-draw') return exitCodes.unavailable;
  return outcome.reason === 'crash' ? exitCodes.bug : exitCodes.done;
}

/** Where screens are saved: the current directory, or where it is gone or read-only, the state directory. */
function saveDirectories({directories: {stateDir}}: Wiring): readonly string[] {
  const saved = path.join(stateDir, 'screens');
  try {
    return [process.cwd(), saved];
  } catch {
    return [saved];
  }
}
