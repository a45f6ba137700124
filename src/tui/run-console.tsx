import {type Instance, render} from 'ink';
import type {Snapshot} from '../api/snapshot.ts';
import {createPreviews} from '../client/answers/previews.ts';
import type {ConsoleSession} from '../client/console-data.ts';
import {createLogReading} from '../client/log-window/log-window.ts';
import type {LayoutOf} from '../layout/load-layout.ts';
import type {Viewport} from '../layout/solve-layout.ts';
import type {ThemeChoice} from '../shared/appearance/theme-choices.ts';
import {errorStack} from '../shared/error-code.ts';
import type {Result} from '../shared/result.ts';
import {cleanLines} from '../views/drawing/compose.ts';
import {clipboardSequence} from './canvas/clipboard.ts';
import {Console} from './console.tsx';
import {type Controller, type ControllerOptions, createController} from './controller.ts';
import type {ConsolePicture} from './draw-console.ts';
import type {Pen} from './painting/paint-row.ts';
import {createPicture, type Picture} from './picture.ts';
import {type SavedScreen, type SaveProblem, savedScreen} from './saving/saved-screen.ts';
import {createScreens} from './screens/all-screens.ts';
import type {PanelViews} from './screens/panels/panel-frames.ts';
import type {ScreenContext} from './screens/screen.ts';
import {type ConsoleState, filledScreen, initialConsoleState, topScreen} from './shell/console-state.ts';
import {allKeys} from './shell/shell-keys.ts';
import {areaOf, windowSize} from './shell/terminal-area.ts';
import {createFrames, type Frame} from './state/frames.ts';
import {createScreenHistory} from './state/screen-history.ts';
import {createStore, type Store} from './state/store.ts';
import type {TerminalOutput} from './terminal-streams.ts';
import {darkPaper, lightPaper} from './theme/paper.ts';
import {type Environment, selectTerminal} from './theme/select-terminal.ts';

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
  /** True: nothing that acts on the engine can be reached. */
  readonly isReadOnly?: boolean;
  /** One line for the primary screen after exiting: what keeps running, and how to return. */
  readonly exitNote?: (snapshot: Snapshot) => string;
  /** Called after a key or a paste was handled and its frame scheduled; for tests and measurements. */
  readonly onInput?: (drawn: Promise<void>) => void;
  /** Writes a new file with a screen. Resolves with its path. */
  readonly saveScreen: (screen: SavedScreen) => Promise<Result<string, SaveProblem>>;
  /** Stops the process until it is continued, as the terminal does for Ctrl+Z. */
  readonly stopProcess: () => void;
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
  exitOnCtrlC: false,
  // Nothing else writes to the terminal meanwhile; Ink's handling of such text would scroll a full screen.
  patchConsole: false,
} as const;

const CLIPBOARD = 'A terminal that does not allow it (OSC 52) keeps its clipboard as it was.';
const CLIPBOARD_IN_TMUX = `${CLIPBOARD} tmux needs: set -g allow-passthrough on.`;

const SIGNALS: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGTERM', 'SIGINT'];

/** Shows the console until the operator exits, the terminal closes, or it fails; then restores the terminal. */
export async function runConsole(options: ConsoleOptions): Promise<ConsoleOutcome> {
  const capabilities = selectTerminal(options.environment, options.stdout.isTTY === true, options.theme);
  if (!capabilities.canDraw) {
    options.stderr.write('gantry: this terminal cannot display the console. Use "gantry status".\n');
    return {reason: 'cannot-draw'};
  }
  const {theme, glyphs, isLight} = capabilities;
  const pen = {theme, glyphs, isLight};
  const frames = createFrames(options.session, options.nowMs);
  const outcome = await show(options, pen, frames.store);
  frames.close();
  printExitNote(options, outcome);
  return outcome;
}

async function show(options: ConsoleOptions, pen: ConsolePen, frames: Store<Frame>): Promise<ConsoleOutcome> {
  const {stdin, stdout, stderr} = options;
  let outcome: ConsoleOutcome = {reason: 'quit'};
  let instance: Instance | null = null;
  const leave = (next: ConsoleOutcome): void => {
    outcome = next;
    instance?.unmount();
  };
  const {picture, controller, takeTerminal, stop} = connect(options, pen, frames, leave);
  const acted = (act: () => void): void => {
    act();
    options.onInput?.(picture.settled());
  };
  const input = (
    <Console
      spoken={picture.spoken}
      onKey={(key) => acted(() => controller.onKey(key))}
      onPaste={(text) => acted(() => controller.onPaste(text))}
      onAnswer={picture.answered}
    />
  );
  const stopListening = listenForEnds(options, leave);
  process.on('SIGCONT', takeTerminal);
  stdout.on('resize', picture.redraw);
  try {
    // Before Ink does: a terminal that still echoes would show its own answers.
    takeTerminal();
    instance = render(input, {stdin, stdout: picture.inkOutput, stderr, ...renderOptions});
    await instance.waitUntilExit();
  } catch (error) {
    outcome = {reason: 'crash', message: errorStack(error)};
    instance?.unmount();
  } finally {
    stdout.off('resize', picture.redraw);
    process.off('SIGCONT', takeTerminal);
    stop();
    stopListening();
    await picture.hide();
  }
  return outcome;
}

/** What is drawn with, and on which background. */
type ConsolePen = Pen & {readonly isLight: boolean};

type Connected = {
  readonly picture: Picture;
  readonly controller: Controller;
  /** Takes the terminal back after another program had it. */
  readonly takeTerminal: () => void;
  readonly stop: () => void;
};

/** The console's state with everything that changes it or shows it. */
function connect(
  options: ConsoleOptions,
  pen: ConsolePen,
  frames: Store<Frame>,
  leave: (outcome: ConsoleOutcome) => void,
): Connected {
  const {stdin, stdout, environment, nowMs, session} = options;
  const {all: screens, first} = createScreens(options.layoutOf, options.panelViews);
  const state = createStore<ConsoleState>(initialConsoleState(first, nowMs()));
  const previews = createPreviews({ask: session.preview, nowMs});
  const history = createScreenHistory(session.readHistory, nowMs);
  const log = createLogReading({ask: session.readLogPage, nowMs});
  const keys = allKeys(screens);
  const contextOf = (frame: Frame, terminal: Viewport): ScreenContext => ({
    ...frame,
    ...{
      terminal,
      area: areaOf(terminal),
      pen,
      isOnTop: true,
      allKeys: keys,
      answerTo: previews.answerTo,
      isReadOnly: options.isReadOnly === true,
      actionsBelow: () => [],
    },
    history: history.answers(),
    log: log.answer(),
    linkDelayMs: picture.linkDelayMs(),
  });
  const shown = (terminal: Viewport) => ({state: state.get(), screens, context: contextOf(frames.get(), terminal)});
  const picture = createPicture({
    stdout,
    isSpoken: environment['INK_SCREEN_READER'] === 'true',
    onGone: () => leave({reason: 'input-ended'}),
    onCrash: (message) => leave({reason: 'crash', message}),
    current: shown,
  });
  const takeTerminal = (): void => {
    setRawMode(stdin, true);
    picture.show();
  };
  const suspend = async (): Promise<void> => {
    await picture.hide();
    setRawMode(stdin, false);
    options.stopProcess();
    // Continued, or never stopped: nothing stops a program that no shell controls.
    takeTerminal();
  };
  const controller = createController({
    ...{frames, state, screens, contextOf, session, nowMs},
    size: () => windowSize(stdout),
    leave: (reason) => leave({reason}),
    redraw: picture.redraw,
    suspend: () => void suspend(),
    ...keeping(options, pen, picture, shown),
  });
  const askForTop = (): void => {
    const {data} = state.get().frozen ?? frames.get();
    previews.want(topScreen(state.get()).question(data));
    const filled = filledScreen(state.get());
    history.want(filled.history());
    log.want(filled.log(data));
  };
  const onChange = (): void => {
    askForTop();
    picture.drawSoon();
  };
  // What is frozen asks for nothing newer; its age still changes.
  const onFrame = (): void => (state.get().frozen === null ? onChange() : picture.drawSoon());
  const stops = [frames.subscribe(onFrame), state.subscribe(onChange), previews.subscribe(picture.drawSoon)];
  stops.push(history.subscribe(picture.drawSoon), log.subscribe(picture.drawSoon));
  const stop = (): void => {
    for (const unsubscribe of stops) unsubscribe();
  };
  return {picture, controller, takeTerminal, stop};
}

/** What leaves the console by a key: a text for the clipboard, a screen for a file. */
function keeping(
  {environment, stdout, saveScreen}: ConsoleOptions,
  {isLight}: ConsolePen,
  picture: Picture,
  shown: (terminal: Viewport) => ConsolePicture,
): Pick<ControllerOptions, 'copy' | 'save'> {
  const isInTmux = (environment['TMUX'] ?? '') !== '';
  return {
    copy(text) {
      picture.pass(clipboardSequence(text, isInTmux));
      return isInTmux ? CLIPBOARD_IN_TMUX : CLIPBOARD;
    },
    save: (form) => saveScreen(savedScreen(shown(windowSize(stdout)), form, isLight ? lightPaper : darkPaper)),
  };
}

function setRawMode(stdin: ConsoleOptions['stdin'], isRaw: boolean): void {
  if ('setRawMode' in stdin && typeof stdin.setRawMode === 'function') stdin.setRawMode(isRaw);
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
