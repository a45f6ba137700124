const plainArgument = /^[A-Za-z0-9_@%+:,./-]+$/;
/** `--name=value`: its `=` would mean an assignment only before a command, and a command does not start with a hyphen. */
const plainOption = /^-[A-Za-z0-9_@%+:,./=-]+$/;

/** An argument as a POSIX shell reads it back unchanged, quoted only where needed. An argument never contains a NUL. */
export function quoteArgument(argument: string): string {
  if (plainArgument.test(argument) || plainOption.test(argument)) return argument;
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** Arguments as one line to paste into a POSIX shell. */
export function quoteArguments(argv: readonly string[]): string {
  return argv.map(quoteArgument).join(' ');
}

/** `NAME=value` before a command. */
export function quoteAssignment(name: string, value: string): string {
  return `${name}=${value === '' ? '' : quoteArgument(value)}`;
}

/** A command to paste, one argument group per line, with the shell's line continuation. */
export function shellLines(groups: readonly (readonly string[])[]): readonly string[] {
  const lines = groups.filter((argv) => argv.length > 0).map((argv) => argv.join(' '));
  return lines.map((line, index) => `${index === 0 ? '' : '  '}${line}${index === lines.length - 1 ? '' : ' \\'}`);
}
