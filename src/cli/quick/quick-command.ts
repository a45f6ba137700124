import {DEFAULT_LOG_LINES} from './print-answers.ts';

/** A command that a running supervisor answers with one document. */
export type QuickCommand = {readonly isJson: boolean} & (
  | {readonly name: 'status'}
  | {readonly name: 'logs'; readonly lines: number}
  | {readonly name: 'console'; readonly isReadOnly: boolean}
);

/**
 * The command of a command line of the plainest form: the console, `status`, `logs`, the last two with or without `--json`. Null
 * for everything else, which the parser of the command line reads.
 */
export function quickCommand(argv: readonly string[]): QuickCommand | null {
  const isReadOnly = argv[0] === '--read-only';
  if (argv.length === (isReadOnly ? 1 : 0)) return {name: 'console', isJson: false, isReadOnly};
  const [name, ...options] = argv[0] === '--json' ? [...argv.slice(1), '--json'] : argv;
  const isJson = options[0] === '--json';
  if (options.length > (isJson ? 1 : 0)) return null;
  if (name === 'status') return {name, isJson};
  return name === 'logs' ? {name, isJson, lines: DEFAULT_LOG_LINES} : null;
}
