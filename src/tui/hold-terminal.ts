import {err, type Result} from '../shared/result.ts';
import type {ConsoleOptions} from './console-options.ts';
import type {PagedLog, PagerProblem} from './pager.ts';
import type {Picture} from './picture.ts';
import type {TerminalInput} from './terminal-streams.ts';

/** Who has the terminal: the console, a shell while the console is stopped, or the pager. */
export type HeldTerminal = {
  /** Takes the terminal, also after another program had it. */
  readonly take: () => void;
  /** The process was continued: takes the terminal, or stops again where another program has it, unless the console ends. */
  readonly continued: () => Promise<void>;
  /** Stops the process until it is continued. */
  readonly suspend: () => Promise<void>;
  /** Gives the terminal to the pager until it ends; nothing is drawn or read meanwhile. */
  readonly page: (log: PagedLog) => Promise<Result<string, PagerProblem>>;
  /** True while the pager has it. */
  readonly isLent: () => boolean;
  /** The console is about to leave: the terminal is not taken any more, and a pager that has it ends. */
  readonly end: () => void;
  /** Gives it back as it was. */
  readonly leave: () => Promise<void>;
  /** The terminal is gone, or whoever ends the console insists: nothing more is waited for. */
  readonly hurry: () => void;
};

/** So soon after the console begins to leave, a Ctrl+C still belongs to what it left by. */
const INSIST_MS = 1_000;
/** A process that nothing stopped has its terminal back after so long; one that is continued hears of it before. */
const NOT_STOPPED_MS = 50;

type HeldPicture = Pick<Picture, 'show' | 'hide' | 'hurry'>;
type HolderOptions = Pick<ConsoleOptions, 'stdin' | 'stopProcess' | 'isInBackground' | 'pager'>;

/** The console's hold on its terminal. */
export function holdTerminal(options: HolderOptions, picture: HeldPicture, input: TerminalInput): HeldTerminal {
  const ending = new AbortController();
  let isLent = false;
  const grip = createGrip({
    ...options,
    picture,
    input,
    isElsewhere: () => isLent,
    isEnding: () => ending.signal.aborted,
  });
  return {
    take: grip.take,
    continued: grip.continued,
    suspend: grip.suspend,
    isLent: () => isLent,
    end: () => ending.abort(),
    hurry: picture.hurry,
    async page(log) {
      if (isLent) return err({message: 'the pager is open already.', remedy: 'End it first.'});
      if (grip.isAway()) return err({message: 'the console is being suspended.', remedy: 'Open the log after fg.'});
      isLent = true;
      await grip.giveAway();
      input.pause();
      const result = await options.pager.open(log, ending.signal);
      isLent = false;
      if (ending.signal.aborted) return result;
      input.resume();
      grip.take();
      return result;
    },
    async leave() {
      ending.abort();
      await grip.giveAway();
      input.close();
    },
  };
}

type GripOptions = HolderOptions & {
  readonly picture: HeldPicture;
  readonly input: TerminalInput;
  /** True while another program of the console has the terminal. */
  readonly isElsewhere: () => boolean;
  readonly isEnding: () => boolean;
};

/** Takes the terminal and gives it away: to the shell, in whose background the console stops, or to whoever comes next. */
function createGrip({stdin, picture, input, stopProcess, isInBackground, isElsewhere, isEnding}: GripOptions) {
  const handover = createHandover(picture, input);
  /** True from the moment at which the console begins to give the terminal away until it takes it again. */
  let isAway = false;
  /** Continued, the pager keeps the terminal that it has, and who is about to stop or to leave does so. */
  const isBusy = (): boolean => isElsewhere() || handover.isUnderWay() || isEnding();

  function take(): void {
    if (isBusy()) return;
    isAway = false;
    setRawMode(stdin, true);
    input.listen();
    process.off('SIGTSTP', onStop).on('SIGTSTP', onStop);
    picture.show();
  }

  async function giveAway(): Promise<void> {
    isAway = true;
    await handover.done();
    // For this process and for the pager it means again what it means for every program.
    process.off('SIGTSTP', onStop);
    // In the background it is the shell's terminal, and to change it would stop the process (SIGTTOU).
    if (!isInBackground()) setRawMode(stdin, false);
  }

  async function suspend(): Promise<void> {
    if (isAway) return;
    await giveAway();
    if (isEnding()) return;
    stopProcess();
    await oneLook();
    // Continued, it was taken by then. Never stopped, it is now: nothing stops a program that no shell controls.
    if (isAway && !isInBackground()) take();
  }

  async function continued(): Promise<void> {
    if (isInBackground() && !isBusy()) {
      isAway = true;
      process.off('SIGTSTP', onStop);
      await steppedBack(picture);
      if (isAway && !isEnding() && isInBackground()) return stopProcess();
    }
    if (!isInBackground()) take();
  }

  /** Sent by another program: the terminal sends none in raw mode. */
  const onStop = (): void => void suspend();

  return {take, giveAway, suspend, continued, isAway: () => isAway};
}

/** The console's leaving of the terminal, in raw mode until it has answered: what it says later is input of the next program. */
function createHandover(picture: HeldPicture, input: TerminalInput) {
  let underWay: Promise<void> | null = null;

  async function give(): Promise<void> {
    const sinceMs = performance.now();
    input.ignore(() => {
      if (performance.now() - sinceMs >= INSIST_MS) picture.hurry();
    });
    await picture.hide();
  }

  return {
    isUnderWay: () => underWay !== null,
    /** One at a time: whoever leaves while the console is about to stop waits for the same answers. */
    done(): Promise<void> {
      underWay ??= give().finally(() => {
        underWay = null;
      });
      return underWay;
    },
  };
}

/**
 * Gives the screen back in the background: a process that was stopped without warning still has it. The shell reads what the terminal
 * answers. Resolves once what arrived with the signal has been handled, which may end the console.
 */
async function steppedBack(picture: HeldPicture): Promise<void> {
  picture.hurry();
  await picture.hide();
  await oneLook();
}

/** Resolves after everything that waited for the process has been handled, and a little later. */
function oneLook(): Promise<void> {
  return new Promise((resolve) => setTimeout(() => setImmediate(resolve), NOT_STOPPED_MS));
}

function setRawMode(stdin: ConsoleOptions['stdin'], isRaw: boolean): void {
  if ('setRawMode' in stdin && typeof stdin.setRawMode === 'function') stdin.setRawMode(isRaw);
}
