const plainWord = /^[A-Za-z0-9_@%+:,./-]+$/;
/** `--name=value`: only in front of a command would its `=` make it an assignment, and a command begins with no hyphen. */
const plainOption = /^-[A-Za-z0-9_@%+:,./=-]+$/;

/** A word as a POSIX shell reads it back unchanged; quoted only where it must be. A word never holds a NUL. */
export function quoteShellWord(word: string): string {
  if (plainWord.test(word) || plainOption.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Words as one line to paste into a POSIX shell. */
export function quoteShellWords(words: readonly string[]): string {
  return words.map(quoteShellWord).join(' ');
}

/** `NAME=value` in front of a command. */
export function quoteAssignment(name: string, value: string): string {
  return `${name}=${value === '' ? '' : quoteShellWord(value)}`;
}

/** A command to paste, one group of words a line, with the shell's own sign that the next line goes on. */
export function shellLines(groups: readonly (readonly string[])[]): readonly string[] {
  const lines = groups.filter((words) => words.length > 0).map((words) => words.join(' '));
  return lines.map((line, index) => `${index === 0 ? '' : '  '}${line}${index === lines.length - 1 ? '' : ' \\'}`);
}
