/** One option among the extra arguments. */
export type ExtraOption = {
  /** vLLM's long name, with hyphens: `--tensor-parallel-size`. */
  readonly name: string;
  /** As the operator wrote it, without a value. */
  readonly written: string;
  /** The word after it or behind its `=`; null for a switch. */
  readonly value: string | null;
};

/** The short forms of options that Gantry's own settings stand for. */
const longNames: Readonly<Partial<Record<string, string>>> = {
  '-tp': '--tensor-parallel-size',
  '-pp': '--pipeline-parallel-size',
  '-dp': '--data-parallel-size',
  '-dcp': '--decode-context-parallel-size',
  '-ep': '--enable-expert-parallel',
};

/** Reads the options in words as vLLM's parser does: `--name value` or `--name=value`, underscores taken for hyphens. */
export function readExtraOptions(words: readonly string[]): readonly ExtraOption[] {
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
