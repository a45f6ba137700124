import type {Snapshot} from '../api/snapshot.ts';
import type {ConsoleSession} from '../client/console-data.ts';
import type {LayoutOf} from '../layout/load-layout.ts';
import type {ThemeChoice} from '../shared/appearance/theme-choices.ts';
import type {Result} from '../shared/result.ts';
import type {Pager} from './pager.ts';
import type {SavedScreen, SaveProblem} from './saving/saved-screen.ts';
import type {PanelViews} from './screens/panels/panel-frames.ts';
import type {UserKeys} from './shell/user-keys.ts';
import type {TerminalOutput} from './terminal-streams.ts';
import type {Environment} from './theme/select-terminal.ts';

export type ConsoleOptions = {
  readonly session: ConsoleSession;
  readonly panelViews: PanelViews;
  readonly layoutOf: LayoutOf;
  readonly environment: Environment;
  /** The theme that was chosen; by default `auto`. */
  readonly theme?: ThemeChoice;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: TerminalOutput;
  readonly stderr: NodeJS.WritableStream;
  /** Wall clock, milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** By which the answers of the terminal are timed, ms: by default that of the process. */
  readonly linkMs?: () => number;
  /** True: nothing that acts on the engine can be reached. */
  readonly isReadOnly?: boolean;
  /** True: the mouse scrolls and chooses from the beginning. */
  readonly hasPointer?: boolean;
  /** One line for the primary screen after exiting: what keeps running, and how to return. */
  readonly exitNote?: (snapshot: Snapshot) => string;
  /** Called after a key or a paste was handled and its frame scheduled; for tests and measurements. */
  readonly onInput?: (drawn: Promise<void>) => void;
  /** The keys that the operator chose, and where each is written. */
  readonly userKeys?: {readonly chosen: UserKeys; readonly placeOf: (action: string) => string | null};
  /** Writes a new file with a screen. Resolves with its path. */
  readonly saveScreen: (screen: SavedScreen) => Promise<Result<string, SaveProblem>>;
  /** Puts a text into the buffer of the tmux in which the console runs. Resolves with whether there is one that has it. */
  readonly fillTmuxBuffer: (text: string) => Promise<boolean>;
  readonly pager: Pager;
  /** Stops the process until it is continued, as the terminal does for Ctrl+Z. */
  readonly stopProcess: () => void;
  /** True while another process group has the terminal, as after `bg`. */
  readonly isInBackground: () => boolean;
};

/** Why the console exited. None affects the supervisor or the engine. */
export type ConsoleOutcome =
  | {readonly reason: 'quit' | 'ctrl-c' | 'input-ended'}
  | {readonly reason: 'signal'; readonly signal: NodeJS.Signals}
  /** The terminal cannot position its cursor; nothing was drawn. */
  | {readonly reason: 'cannot-draw'}
  /** A bug in the console: the terminal is restored, the message is on stderr, exit code 70. */
  | {readonly reason: 'crash'; readonly message: string};
