import {quoteArgument, quoteAssignment} from '../../engines/launch/shell-quoting.ts';
import {maskArguments} from '../../shared/mask-arguments.ts';
import type {JournalEntry, RunStartedEntry} from '../state-dir/journal-entry.ts';
import type {Journal} from '../state-dir/open-journal.ts';

type Command = readonly (readonly string[])[];

/** More than the present run and those before it that a restart may show; older ones are not asked for. */
const MOST_RUNS = 8;

/** The commands of runs, as they were started by this supervisor and by those before it. */
export type RunCommands = {
  /** The command of a run; null where it is not recorded. */
  readonly of: (runId: string | null) => Command | null;
};

/** The same journal, and the commands of the runs in it, also of those that are written to it from now on. */
export function notedJournal(
  journal: Journal,
  entries: readonly JournalEntry[],
): {readonly journal: Journal; readonly commands: RunCommands} {
  const commands = new Map<string, Command>();
  const note = (entry: JournalEntry): void => {
    if (entry.type !== 'run-started') return;
    commands.set(entry.runId, commandOf(entry));
    const [oldest] = commands.keys();
    if (commands.size > MOST_RUNS && oldest !== undefined) commands.delete(oldest);
  };
  entries.forEach(note);
  return {
    journal: {
      ...journal,
      append(entry) {
        note(entry);
        return journal.append(entry);
      },
    },
    commands: {of: (runId) => (runId === null ? null : (commands.get(runId) ?? null))},
  };
}

/**
 * The command of a launch as words for a POSIX shell, an option and its values in each group. A secret of the environment is a
 * variable that has to be set: pasting the command elsewhere then fails instead of starting an engine with another key.
 */
export function commandOf({argv, environment = []}: Pick<RunStartedEntry, 'argv' | 'environment'>): Command {
  const assignments = environment.map(({name, value}) =>
    value === null ? `${name}="\${${name}:?}"` : quoteAssignment(name, value),
  );
  const groups: string[][] = [assignments];
  for (const word of maskArguments(argv)) {
    const last = groups.at(-1);
    if (last === undefined || (word.startsWith('-') && word.length > 1)) groups.push([quoteArgument(word)]);
    else last.push(quoteArgument(word));
  }
  return groups;
}
