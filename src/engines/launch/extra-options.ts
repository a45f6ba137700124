/** One option among the extra arguments. */
export type ExtraOption = {
  /** The engine's long name, with hyphens: `--tensor-parallel-size`. */
  readonly name: string;
  /** As the operator wrote it, without a value. */
  readonly written: string;
  /** The argument after it or the text after its `=`; null for a switch. */
  readonly value: string | null;
};

/**
 * Reads options as an engine's parser does: `--name value` or `--name=value`, underscores read as
 * hyphens. `longNames` maps the short forms of options that Gantry's own settings cover.
 */
export function readExtraOptions(
  argv: readonly string[],
  longNames: Readonly<Partial<Record<string, string>>>,
): readonly ExtraOption[] {
  return argv.flatMap((word, index) => {
    if (!isOption(word)) return [];
    const separator = word.indexOf('=');
    const written = separator < 0 ? word : word.slice(0, separator);
    const next = argv[index + 1];
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

/** Addresses that the arguments give an engine to listen on, however its parser lets the option be shortened. */
export function hostsInArguments(argv: readonly string[]): readonly string[] {
  return readExtraOptions(argv, {}).flatMap(({name, value}) =>
    /^--ho(?:st?)?$/.test(name) && value !== null ? [value] : [],
  );
}

function isOption(word: string): boolean {
  return /^--?[a-z]/i.test(word);
}
