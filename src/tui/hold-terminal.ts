import {err, type Result} from '../shared/result.ts';
import type {ConsoleOptions} from './console-options.ts';
import type {PagedLog, PagerProblem} from './pager.ts';
import type {Picture} from './picture.ts';
import type {TerminalInput} from './terminal-streams.ts';

/** Who has the terminal: the console, a shell while the console is stopped, or the pager. */
export type HeldTerminal = {
  /** Takes the terminal back after another program had it. */
  readonly take: () => void;
  /** Stops the process until it is continued. */
  readonly suspend: () => Promise<void>;
  /** Gives the terminal to the pager until it ends; nothing is drawn or read meanwhile. */
  readonly page: (log: PagedLog) => Promise<Result<string, PagerProblem>>;
  /** True while the pager has it. */
  readonly isLent: () => boolean;
  /** Gives it back as it was, and ends a pager that still has it. `isOperator`: who uses it leaves, and it is still there. */
  readonly leave: (isOperator: boolean) => Promise<void>;
};

/** The console's hold on its terminal. */
export function holdTerminal(
  {stdin, stopProcess, pager}: Pick<ConsoleOptions, 'stdin' | 'stopProcess' | 'pager'>,
  picture: Picture,
  input: TerminalInput,
): HeldTerminal {
  const ending = new AbortController();
  let isLent = false;

  function take(): void {
    // Continued, the pager keeps the terminal that it has.
    if (isLent || ending.signal.aborted) return;
    setRawMode(stdin, true);
    picture.show();
  }

  async function giveAway(isOperator = true): Promise<void> {
    await picture.hide(isOperator);
    setRawMode(stdin, false);
  }

  return {
    take,
    isLent: () => isLent,
    async suspend() {
      await giveAway();
      stopProcess();
      // Continued, or never stopped: nothing stops a program that no shell controls.
      take();
    },
    async page(log) {
      if (isLent) return err({message: 'the pager is open already.', remedy: 'End it first.'});
      isLent = true;
      await giveAway();
      input.pause();
      const result = await pager.open(log, ending.signal);
      isLent = false;
      if (ending.signal.aborted) return result;
      input.resume();
      take();
      return result;
    },
    async leave(isOperator) {
      ending.abort();
      await giveAway(isOperator);
      input.close();
    },
  };
}

function setRawMode(stdin: ConsoleOptions['stdin'], isRaw: boolean): void {
  if ('setRawMode' in stdin && typeof stdin.setRawMode === 'function') stdin.setRawMode(isRaw);
}
