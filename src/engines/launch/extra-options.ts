/** One option among the extra arguments. */
export type ExtraOption = {
  /** The engine's long name, with hyphens: `--tensor-parallel-size`. */
  readonly name: string;
  /** As the operator wrote it, without a value. */
  readonly written: string;
  /** The word after it or behind its `=`; null for a switch. */
  readonly value: string | null;
};

/**
 * Reads the options in words as an engine's parser does: `--name value` or `--name=value`, underscores taken for
 * hyphens. `longNames` holds the short forms of options that Gantry's own settings stand for.
 */
export function readExtraOptions(
  words: readonly string[],
  longNames: Readonly<Partial<Record<string, string>>>,
): readonly ExtraOption[] {
  return words.flatMap((word, index) => {
    if (!isOption(word)) return [];
    const separator = word.indexOf('=');
    const written = separator < 0 ? word : word.slice(0, separator);
    const next = words[index + 1];
    const following = next === undefined || isOption(next) ? null : next;
    return [
      {
        name: longNames[written] ?? written.replaceAll('_', '-'),
        written,
        value: separator < 0 ? following : word.slice(separator + 1),
      },
    ];
  });
}

function isOption(word: string): boolean {
  return /^--?[a-z]/i.test(word);
}
