import type {Pager} from '../../tui/pager.ts';
import {DEFAULT_PAGER, isLess, pagerCommand} from './pager-command.ts';

export type PagerOptions = {
  readonly environment: NodeJS.ProcessEnv;
  /** True: only less, without its commands that run programs or write files. */
  readonly isReadOnly: boolean;
  /** Writes to the terminal before the pager has it. */
  readonly write: (text: string) => void;
};

/** The operator's pager for the log's own file. What runs programs and reads files is loaded when it is opened. */
export function createPager(options: PagerOptions): Pager {
  return {
    refusal:
      options.isReadOnly && !isLess(pagerCommand(options.environment['PAGER']))
        ? `this console is read-only, and PAGER is not ${DEFAULT_PAGER}, the only pager with a secure mode`
        : null,
    async open(log, signal) {
      const {openPager} = await import('./open-pager.ts');
      return openPager(options, log, signal);
    },
  };
}
