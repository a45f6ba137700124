/** The flags of a program: their spellings, and whether values follow. */
export type FlagTable = Readonly<
  Record<string, {readonly kind: 'value' | 'switch' | 'list'; readonly spellings: readonly string[]}>
>;

/** The given flags, by the names of the table; a switch has an empty list. */
export type GivenFlags = ReadonlyMap<string, readonly string[]>;

/** The flags of a command line, or its first unknown argument. */
export type FlagsRead =
  | {readonly ok: true; readonly given: GivenFlags; readonly others: readonly string[]}
  | {readonly ok: false; readonly unknown: string}
  | {readonly ok: false; readonly lacksValue: string};

/** Reads `--name value`, `--name=value` and switches; other arguments are returned separately. */
export function readFlags(argv: readonly string[], table: FlagTable): FlagsRead {
  const bySpelling = new Map(
    Object.entries(table).flatMap(([name, {kind, spellings}]) =>
      spellings.map((word) => [word, {name, kind}] as const),
    ),
  );
  const given = new Map<string, readonly string[]>();
  const others: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (!word.startsWith('-')) {
      others.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const flag = bySpelling.get(equals < 0 ? word : word.slice(0, equals));
    if (flag === undefined) return {ok: false, unknown: word};
    if (flag.kind === 'switch') {
      given.set(flag.name, []);
      continue;
    }
    const values = equals < 0 ? valuesAfter(argv.slice(at + 1), flag.kind) : [word.slice(equals + 1)];
    if (values.length === 0) return {ok: false, lacksValue: word};
    if (equals < 0) at += values.length;
    given.set(flag.name, values);
  }
  return {ok: true, given, others};
}

function valuesAfter(argv: readonly string[], kind: 'value' | 'list'): readonly string[] {
  const end = argv.findIndex((word) => word.startsWith('-') && !/^-\d/.test(word));
  const values = end < 0 ? argv : argv.slice(0, end);
  return kind === 'value' ? values.slice(0, 1) : values;
}
