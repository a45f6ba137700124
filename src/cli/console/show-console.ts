import path from 'node:path';
import type {Snapshot} from '../../api/snapshot.ts';
import type {ConsoleSession} from '../../client/console-data.ts';
import {loadLayouts} from '../../layout/load-layout.ts';
import type {ThemeChoice} from '../../shared/appearance/theme-choices.ts';
import type {Directories} from '../../supervisor/state-dir/directories.ts';
import type {ConsoleOptions} from '../../tui/console-options.ts';
import {runConsole} from '../../tui/run-console.tsx';
import {panelViews} from '../../views/panels/panel-views.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {type Output, printError, printText} from '../output.ts';
import {keepHeapSmall} from '../service/process-memory.ts';
import {createPager} from './choose-pager.ts';
import {exitAlsoInBackground, isInBackground} from './in-background.ts';

/** What a console shows, and how. */
export type Shown = {
  readonly session: ConsoleSession;
  /** The time of what is shown. */
  readonly nowMs: () => number;
  readonly isReadOnly: boolean;
  /** One line after the end. */
  readonly note: (snapshot: Snapshot) => string;
  readonly directories: Directories;
  readonly output: Output;
  /** Name of the layout of the first screen. */
  readonly layout: string;
  readonly theme: ThemeChoice;
  readonly isAscii: boolean;
  /** True: the mouse scrolls and chooses from the beginning. */
  readonly hasPointer: boolean;
  readonly userKeys?: ConsoleOptions['userKeys'];
};

/** Runs the console with this session until the operator exits, then closes the session. */
export async function showConsole(shown: Shown): Promise<ExitCode> {
  const {session, nowMs, isReadOnly, note, directories, isAscii, theme, hasPointer, userKeys} = shown;
  const layouts = await loadLayouts({userDirectory: directories.configDir, name: shown.layout});
  if (!layouts.ok) {
    session.close();
    return printError(shown.output, layouts.error);
  }
  keepHeapSmall();
  const outcome = await runConsole({
    ...{session, panelViews, nowMs, isReadOnly, theme, hasPointer},
    ...(userKeys === undefined ? {} : {userKeys}),
    layoutOf: layouts.value,
    environment: {...process.env, ...(isAscii ? {GANTRY_ASCII: '1'} : {})},
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    exitNote: note,
    async saveScreen(screen) {
      const {saveScreen} = await import('./save-screen.ts');
      return saveScreen(screen, {
        current: currentDirectory(),
        own: path.join(directories.stateDir, 'screens'),
        nowMs: () => Date.now(),
      });
    },
    async fillTmuxBuffer(text) {
      const {fillTmuxBuffer} = await import('./tmux-buffer.ts');
      return fillTmuxBuffer(text, process.env);
    },
    pager: createPager({environment: process.env, isReadOnly, write: (text) => printText(shown.output, text)}),
    // The whole group, as the terminal would: a wrapper around this process stops with it.
    stopProcess: () => process.kill(0, 'SIGTSTP'),
    isInBackground: () => isInBackground(),
  });
  session.close();
  if (outcome.reason === 'signal') exitAlsoInBackground();
  if (outcome.reason === 'cannot-draw') return exitCodes.unavailable;
  return outcome.reason === 'crash' ? exitCodes.bug : exitCodes.done;
}

/** Where the console was started; null where that is gone already. Node remembers it, also after it was removed. */
function currentDirectory(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}
