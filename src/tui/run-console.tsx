import {type Instance, render} from 'ink';
import type {Snapshot} from '../api/snapshot.ts';
import type {ConsoleSession} from '../client/console-data.ts';
import {createPreviews} from '../client/previews.ts';
import type {Layout} from '../layout/layout-schema.ts';
import type {Viewport} from '../layout/solve-layout.ts';
import {errorStack} from '../shared/error-code.ts';
import {cleanLines} from '../views/drawing/compose.ts';
import {Console} from './console.tsx';
import {createController} from './controller.ts';
import type {KeyName} from './keys/key-names.ts';
import type {Pen} from './painting/paint-row.ts';
import {screens} from './screens/all-screens.ts';
import {initialOverview, overviewScreen} from './screens/overview/overview.ts';
import type {PanelViews} from './screens/overview/panel-frames.ts';
import type {ScreenContext} from './screens/screen.ts';
import {type ConsoleState, initialConsoleState, topScreen} from './shell/console-state.ts';
import {allKeys} from './shell/shell-keys.ts';
import {areaOf} from './shell/terminal-area.ts';
import {createFrames, type Frame} from './state/frames.ts';
import {createStore, type Store} from './state/store.ts';
import {type Environment, selectTerminal} from './theme/select-terminal.ts';
import {themeFor} from './theme/theme.ts';

/** The properties of a terminal's output stream used here. */
export type TerminalOutput = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export type ConsoleOptions = {
  readonly session: ConsoleSession;
  readonly panelViews: PanelViews;
  readonly layout: Layout;
  readonly environment: Environment;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: TerminalOutput;
  readonly stderr: NodeJS.WritableStream;
  /** Wall clock, milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** One line for the primary screen after exiting: what keeps running, and how to return. */
  readonly exitNote?: (snapshot: Snapshot) => string;
  /** Called after a key or a paste was handled and its frame scheduled; for tests and measurements. */
  readonly onInput?: (drawn: Promise<void>) => void;
};

/** Why the console exited. None affects the supervisor or the engine. */
export type ConsoleOutcome =
  | {readonly reason: 'quit' | 'ctrl-c' | 'input-ended'}
  | {readonly reason: 'signal'; readonly signal: NodeJS.Signals}
  /** The terminal cannot position its cursor; nothing was drawn. */
  | {readonly reason: 'cannot-draw'}
  /** A bug in the console: the terminal is restored, the message is on stderr, exit code 70. */
  | {readonly reason: 'crash'; readonly message: string};

const renderOptions = {
  // Decided by selectTerminal; Ink would refuse if a CI variable is set.
  interactive: true,
  alternateScreen: true,
  incrementalRendering: true,
  exitOnCtrlC: false,
  // Keys take effect immediately; data is limited to four frames per second earlier.
  maxFps: 30,
  // Nothing else writes to the terminal meanwhile; Ink's handling of such text would scroll a full screen.
  patchConsole: false,
} as const;

const SIGNALS: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGTERM', 'SIGINT'];

/** Shows the console until the operator exits, the terminal closes, or it fails; then restores the terminal. */
export async function runConsole(options: ConsoleOptions): Promise<ConsoleOutcome> {
  const capabilities = selectTerminal(options.environment, options.stdout.isTTY === true);
  if (!capabilities.canDraw) {
    options.stderr.write('gantry: this terminal cannot display the console. Use "gantry status".\n');
    return {reason: 'cannot-draw'};
  }
  const pen: Pen = {theme: themeFor(capabilities.colorDepth), glyphs: capabilities.glyphs};
  const frames = createFrames(options.session, options.nowMs);
  const outcome = await show(options, pen, frames.store);
  frames.close();
  printExitNote(options, outcome);
  return outcome;
}

async function show(options: ConsoleOptions, pen: Pen, frames: Store<Frame>): Promise<ConsoleOutcome> {
  const {stdin, stdout, stderr} = options;
  const overview = overviewScreen(options.layout, options.panelViews);
  const state = createStore<ConsoleState>(initialConsoleState(overview.opened(initialOverview)));
  let outcome: ConsoleOutcome = {reason: 'quit'};
  let instance: Instance | null = null;
  const leave = (next: ConsoleOutcome): void => {
    outcome = next;
    instance?.unmount();
  };
  const draw = (): void => instance?.rerender(tree());
  const redraw = (): void => {
    instance?.clear();
    stdout.write('\u001b[2J\u001b[H');
    draw();
  };
  const previews = createPreviews({ask: options.session.preview, nowMs: options.nowMs});
  const askForTop = (): void => previews.want(topScreen(state.get()).question(frames.get().data));
  const stopAsking = [state.subscribe(askForTop), frames.subscribe(askForTop)];
  const keys = allKeys(overview, screens);
  const contextOf = (frame: Frame, terminal: Viewport): ScreenContext => {
    const {answerTo} = previews;
    return {...frame, terminal, area: areaOf(terminal), pen, isOnTop: true, allKeys: keys, answerTo};
  };
  const shared = {frames, state, previews, screens, contextOf};
  const size = (): Viewport => windowSize(stdout);
  const controller = createController({
    ...shared,
    session: options.session,
    nowMs: options.nowMs,
    size,
    leave: (reason) => leave({reason}),
    redraw,
  });
  const acted = (act: () => void): void => {
    act();
    if (instance !== null) options.onInput?.(instance.waitUntilRenderFlush());
  };
  const handlers = {
    onKey: (key: KeyName) => acted(() => controller.onKey(key)),
    onPaste: (text: string) => acted(() => controller.onPaste(text)),
  };
  const tree = () => <Console {...shared} {...handlers} pen={pen} size={size()} />;
  const stopListening = listenForEnds(options, leave);
  try {
    instance = render(tree(), {stdin, stdout, stderr, ...renderOptions});
    // Before Ink's own listener, so that it never draws the old size in the new window.
    stdout.prependListener('resize', draw);
    await instance.waitUntilExit();
  } catch (error) {
    outcome = {reason: 'crash', message: errorStack(error)};
    instance?.unmount();
  } finally {
    stdout.off('resize', draw);
    for (const stop of stopAsking) stop();
    stopListening();
  }
  return outcome;
}

function windowSize(stdout: TerminalOutput): Viewport {
  // A terminal of unknown size reports 0.
  return {columns: stdout.columns || 80, rows: stdout.rows || 24};
}

/** Hang-up, termination and end of input end only the console. Returns an unsubscribe function. */
function listenForEnds({stdin, stdout}: ConsoleOptions, leave: (outcome: ConsoleOutcome) => void): () => void {
  const onSignal = (signal: NodeJS.Signals): void =>
    leave(signal === 'SIGINT' ? {reason: 'ctrl-c'} : {reason: 'signal', signal});
  const onEnd = (): void => leave({reason: 'input-ended'});
  for (const signal of SIGNALS) process.on(signal, onSignal);
  stdin.on('end', onEnd);
  stdin.on('close', onEnd);
  stdin.on('error', onEnd);
  // With a closed terminal every write fails; the console exits silently.
  stdout.on('error', onEnd);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    stdin.off('end', onEnd);
    stdin.off('close', onEnd);
    stdin.off('error', onEnd);
    stdout.off('error', onEnd);
  };
}

function printExitNote({session, exitNote, stdout, stderr}: ConsoleOptions, outcome: ConsoleOutcome): void {
  if (outcome.reason === 'crash') {
    stderr.write(`gantry: the console failed; the server keeps running.\n${cleanLines(outcome.message)}\n`);
    return;
  }
  if (outcome.reason !== 'quit' && outcome.reason !== 'ctrl-c') return;
  const {snapshot} = session.getData();
  const note = snapshot === null || exitNote === undefined ? 'gantry: detached.' : exitNote(snapshot);
  stdout.write(`${note}\n`);
}
