import type {Snapshot} from '../../api/snapshot.ts';
import {createConsoleSession} from '../../client/console-session.ts';
import {selectTerminal} from '../../tui/theme/select-terminal.ts';
import {exitNote} from '../../views/text/exit-note.ts';
import {attendConsole} from '../console/attend-console.ts';
import {userKeysOf} from '../console/configured-keys.ts';
import type {Shown} from '../console/show-console.ts';
import type {ExitCode} from '../exit-codes.ts';
import {printError} from '../output.ts';
import {ensureSupervisor} from '../supervision/ensure-supervisor.ts';
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
  return openConsole(wiring.value, global, supervisor.value);
}

/**
 * Runs the console with the running supervisor until the operator exits; `note` is printed after that. It begins with a snapshot that
 * was read a moment ago: a key on the first frame meets data.
 */
export async function openConsole(
  wiring: Wiring,
  global: GlobalOptions,
  first: Snapshot,
  note: (snapshot: Snapshot) => string = exitNote,
): Promise<ExitCode> {
  const nowMs = (): number => Date.now();
  const {session, end} = attendConsole(wiring, createConsoleSession({client: wiring.client, nowMs, first}));
  const exitCode = await showWired(wiring, global, {session, nowMs, note, isReadOnly: global.readOnly === true});
  end();
  return exitCode;
}

/** Runs the console with this session as the command line and the configuration want it. */
export async function showWired(
  {directories, output, configuration, appearance, loaded}: Wiring,
  global: GlobalOptions,
  what: Pick<Shown, 'session' | 'nowMs' | 'isReadOnly' | 'note'>,
): Promise<ExitCode> {
  const {showConsole} = await import('../console/show-console.ts');
  const layout = global.layout ?? configuration.console.layout;
  const hasPointer = global.mouse ?? configuration.console.mouse;
  return showConsole({...what, directories, output, layout, ...appearance, hasPointer, userKeys: userKeysOf(loaded)});
}
