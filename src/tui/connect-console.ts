import {createPreviews, type Previews} from '../client/answers/previews.ts';
import {createLogReading, type LogReading} from '../client/log-window/log-window.ts';
import type {Viewport} from '../layout/solve-layout.ts';
import {clipboardSequence, multiplexerOf} from './canvas/clipboard.ts';
import type {ConsoleOptions, ConsoleOutcome} from './console-options.ts';
import {type Controller, type ControllerOptions, createController} from './controller.ts';
import type {ConsolePicture} from './draw-console.ts';
import {type HeldTerminal, holdTerminal} from './hold-terminal.ts';
import type {Pen} from './painting/paint-row.ts';
import {createPicture, type Picture} from './picture.ts';
import {savedScreen} from './saving/saved-screen.ts';
import {createScreens} from './screens/all-screens.ts';
import type {Screen, ScreenContext} from './screens/screen.ts';
import {type ConsoleState, filledScreen, initialConsoleState, topScreen} from './shell/console-state.ts';
import {allKeys} from './shell/shell-keys.ts';
import {areaOf, windowSize} from './shell/terminal-area.ts';
import {acceptedKeys, keyNotice, problemText} from './shell/user-keys.ts';
import type {Frame, Frames} from './state/frames.ts';
import {createScreenHistory, type ScreenHistory} from './state/screen-history.ts';
import {createStore, type Store} from './state/store.ts';
import {type TerminalInput, terminalInput} from './terminal-streams.ts';
import {darkPaper, lightPaper} from './theme/paper.ts';

const CLIPBOARD = 'A terminal that does not allow it (OSC 52) keeps its clipboard as it was.';
const CLIPBOARD_IN_TMUX = `${CLIPBOARD} tmux needs: set -g allow-passthrough on.`;
const IN_TMUX_BUFFER = `tmux has it: its prefix and ] paste it. ${CLIPBOARD}`;

/** What is drawn with, and on which background. */
export type ConsolePen = Pen & {readonly isLight: boolean};

/** What a console consists of besides its lifetime. */
export type Connected = {
  readonly picture: Picture;
  readonly controller: Controller;
  readonly terminal: HeldTerminal;
  readonly input: TerminalInput;
  readonly stop: () => void;
};

/** The console's state with everything that changes it or shows it. */
export function connectConsole(
  options: ConsoleOptions,
  pen: ConsolePen,
  frames: Frames,
  leave: (outcome: ConsoleOutcome) => void,
): Connected {
  const {stdin, stdout, environment, nowMs, session} = options;
  const {all: screens, first} = createScreens(options.layoutOf, options.panelViews);
  const previews = createPreviews({ask: session.preview, nowMs});
  const history = createScreenHistory(session.readHistory, nowMs);
  const log = createLogReading({ask: session.readLogPage, nowMs});
  const pointer = pointerOf(options.hasPointer === true);
  const keys = chosenKeys(options, screens);
  const state = createStore<ConsoleState>({
    ...initialConsoleState(first, nowMs()),
    notice: keyNotice(keys.keyProblems, keys.keymap, nowMs()),
  });
  const contextOf = (frame: Frame, terminal: Viewport): ScreenContext => ({
    ...frame,
    ...{
      terminal,
      area: areaOf(terminal),
      pen,
      isOnTop: true,
      ...keys,
      answerTo: previews.answerTo,
      isReadOnly: options.isReadOnly === true,
      pagerRefusal: options.pager.refusal,
      actionsBelow: () => [],
    },
    history: history.answers(),
    log: log.answer(),
    linkDelayMs: picture.linkDelayMs(),
  });
  const shown = (terminal: Viewport) => ({
    state: state.get(),
    screens,
    context: contextOf(frames.store.get(), terminal),
  });
  const picture = createPicture({
    stdout,
    isSpoken: environment['INK_SCREEN_READER'] === 'true',
    onGone: () => leave({reason: 'input-ended'}),
    onCrash: (message) => leave({reason: 'crash', message}),
    hasPointer: pointer.isOn,
    linkMs: options.linkMs ?? (() => performance.now()),
    current: shown,
  });
  const input = terminalInput(stdin, pointer.wasOn, ({answers, reports}) => {
    if (answers > 0) picture.answered();
    if (reports.length === 0) return;
    for (const report of reports) controller.onPointer(report);
    picture.drawFirst();
    options.onInput?.(picture.settled());
  });
  const terminal = holdTerminal(options, picture, input);
  const controller = createController({
    ...{frames: frames.store, state, screens, contextOf, session, nowMs},
    size: () => windowSize(stdout),
    leave: (reason) => leave({reason}),
    redraw: picture.redraw,
    suspend: () => void terminal.suspend(),
    page: terminal.page,
    togglePointer: () => {
      pointer.toggle();
      picture.pointerChanged();
      return pointer.isOn();
    },
    ...keeping(options, pen, picture, shown),
  });
  const asked = {previews, history, log};
  return {picture, controller, terminal, input, stop: followed(frames, state, asked, picture.drawSoon)};
}

/** The keys in force, in all forms that screens need. */
function chosenKeys({userKeys}: ConsoleOptions, screens: readonly Screen[]) {
  const {keymap, problems} = acceptedKeys(userKeys?.chosen ?? {}, screens);
  const keyProblems = problems.map((problem) => problemText(problem, userKeys?.placeOf(problem.id) ?? null));
  return {keymap, keyProblems, allKeys: allKeys(screens, keymap)};
}

/** Whether the terminal reports what the mouse does, and whether it ever did: a report may arrive late. */
function pointerOf(initial: boolean) {
  let isOn = initial;
  let wasOn = initial;
  return {
    isOn: () => isOn,
    wasOn: () => wasOn,
    toggle() {
      isOn = !isOn;
      wasOn = true;
    },
  };
}

/** What screens ask the supervisor for. */
type Asked = {
  readonly previews: Previews;
  readonly history: ScreenHistory;
  readonly log: LogReading;
};

/** Asks for what the screen on top needs, and draws, whenever something changed; returns what ends it. */
function followed(
  frames: Frames,
  state: Store<ConsoleState>,
  {previews, history, log}: Asked,
  drawSoon: () => void,
): () => void {
  const askForTop = (): void => {
    const {data} = state.get().frozen ?? frames.store.get();
    previews.want(topScreen(state.get()).question(data));
    const filled = filledScreen(state.get());
    history.want(filled.history(data));
    log.want(filled.log(data));
    frames.followLog(filled.screen.followsLog);
  };
  const onChange = (): void => {
    askForTop();
    drawSoon();
  };
  // What is frozen asks for nothing newer; its age still changes.
  const onFrame = (): void => (state.get().frozen === null ? onChange() : drawSoon());
  const stops = [frames.store.subscribe(onFrame), state.subscribe(onChange), previews.subscribe(drawSoon)];
  stops.push(history.subscribe(drawSoon), log.subscribe(drawSoon));
  return () => {
    for (const unsubscribe of stops) unsubscribe();
  };
}

/** What leaves the console by a key: a text for the clipboard, a screen for a file. */
function keeping(
  {environment, stdout, saveScreen, fillTmuxBuffer}: ConsoleOptions,
  {isLight}: ConsolePen,
  picture: Picture,
  shown: (terminal: Viewport) => ConsolePicture,
): Pick<ControllerOptions, 'copy' | 'save'> {
  const multiplexer = multiplexerOf(environment);
  return {
    async copy(text) {
      picture.pass(clipboardSequence(text, multiplexer));
      if (await fillTmuxBuffer(text)) return IN_TMUX_BUFFER;
      return multiplexer === 'tmux' ? CLIPBOARD_IN_TMUX : CLIPBOARD;
    },
    save: (form) => saveScreen(savedScreen(shown(windowSize(stdout)), form, isLight ? lightPaper : darkPaper)),
  };
}
