import type {Viewport} from '../layout/solve-layout.ts';
import {errorStack} from '../shared/error-code.ts';
import {createDisplay} from './canvas/display.ts';
import {type ConsolePicture, consoleParts, consoleText} from './draw-console.ts';
import {createFramePainter} from './painting/paint-frame.ts';
import {windowSize} from './shell/terminal-area.ts';
import {createStore, type Store} from './state/store.ts';
import {silentTerminal, type TerminalOutput, terminalWriter} from './terminal-streams.ts';

// Alternate screen, hidden cursor, pasted text in brackets; and back.
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?2004h';
/** Presses and the wheel of the mouse (xterm mode 1000), with decimal numbers (1006). */
const POINTER_ON = '\u001b[?1000h\u001b[?1006h';
const POINTER_OFF = '\u001b[?1006l\u001b[?1000l';
const PASTE_OFF = '\u001b[?2004l';
const EXIT = `\u001b[m${POINTER_OFF}${PASTE_OFF}\u001b[?25h\u001b[?1049l`;

export type PictureOptions = {
  readonly stdout: TerminalOutput;
  /** True: for a screen reader, Ink writes text instead of a drawn screen. */
  readonly isSpoken: boolean;
  /** True while the terminal is to report what the mouse does. */
  readonly hasPointer: () => boolean;
  /** What to draw in a window of this size. */
  readonly current: (size: Viewport) => ConsolePicture;
  readonly onGone: () => void;
  readonly onCrash: (message: string) => void;
  /** By which the answers of the terminal are timed. */
  readonly linkMs: () => number;
};

/** The console's screen on its terminal. */
export type Picture = {
  /** Draws after everything that arrived together was handled. */
  readonly drawSoon: () => void;
  /** The same; over a slow link, what changes is written before everything else. */
  readonly drawFirst: () => void;
  /** Writes a sequence that changes no cell. */
  readonly pass: (sequence: string) => void;
  /** Tells the terminal whether it is to report what the mouse does. */
  readonly pointerChanged: () => void;
  /** Draws the whole screen, whatever the terminal shows. */
  readonly redraw: () => void;
  /** Takes the screen, and draws. */
  readonly show: () => void;
  /** Gives the terminal back as it was, when it has answered: another program reads what it says later. */
  readonly hide: () => Promise<void>;
  /** Ends the wait of `hide` for a terminal that is gone, or whose user waits no longer. */
  readonly hurry: () => void;
  /** The terminal answered a status request. */
  readonly answered: () => void;
  /** Milliseconds the terminal lags behind; 0 if unknown. */
  readonly linkDelayMs: () => number;
  /** Resolves when the terminal has taken everything that was to be drawn. */
  readonly settled: () => Promise<void>;
  /** Where Ink writes. */
  readonly inkOutput: NodeJS.WritableStream;
  /** The screen as text for a screen reader; empty where it is drawn. */
  readonly spoken: Store<string>;
};

/** Draws the console at most once for everything that arrives together. */
export function createPicture(options: PictureOptions): Picture {
  const {stdout, isSpoken, current} = options;
  const terminal = terminalWriter(stdout, options.onGone);
  const display = createDisplay(terminal.write, options.linkMs);
  const [paint, spoken] = [createFramePainter(), createStore('')];
  let isScheduled: Promise<void> | null = null;
  let isShown = false;
  let isUrgent = false;

  function draw(): void {
    if (!isShown) return;
    const size = windowSize(stdout);
    try {
      const picture = current(size);
      if (isSpoken) spoken.set(consoleText(picture));
      else display.draw(size, (canvas) => paint(canvas, consoleParts(picture), picture.context.pen), isUrgent);
      isUrgent = false;
    } catch (error) {
      options.onCrash(errorStack(error));
    }
  }

  function drawSoon(): void {
    isScheduled ??= new Promise((resolve) => {
      setImmediate(() => {
        isScheduled = null;
        draw();
        resolve();
      });
    });
  }

  function drawFirst(): void {
    isUrgent = true;
    drawSoon();
  }

  function redraw(): void {
    display.invalidate();
    drawSoon();
  }

  const leaveLast = (): void => terminal.writeNow(EXIT);

  return {
    drawSoon,
    drawFirst,
    redraw,
    pass: (sequence) => (isSpoken ? void stdout.write(sequence) : display.pass(sequence)),
    pointerChanged: () => (isSpoken ? undefined : display.pass(options.hasPointer() ? POINTER_ON : POINTER_OFF)),
    show() {
      if (!isSpoken && !isShown) process.on('exit', leaveLast);
      isShown = true;
      if (!isSpoken) terminal.writeNow(ENTER + (options.hasPointer() ? POINTER_ON : ''));
      display.start();
      draw();
    },
    async hide() {
      if (!isShown) return;
      isShown = false;
      await display.stop(options.hasPointer() ? POINTER_OFF + PASTE_OFF : '');
      process.off('exit', leaveLast);
      if (!isSpoken) leaveLast();
    },
    hurry: display.hurry,
    ...{answered: display.answered, linkDelayMs: display.delayMs},
    async settled() {
      await isScheduled;
      await display.settled();
    },
    inkOutput: isSpoken ? stdout : silentTerminal(),
    spoken,
  };
}
