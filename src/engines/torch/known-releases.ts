/** The first release that has each of these, by its name, as far as it was found out; a later one has it as well. */
export type KnownReleases = {
  readonly toolParsers: FirstReleases;
  readonly reasoningParsers: FirstReleases;
  readonly architectures: FirstReleases;
  readonly options?: FirstReleases;
  /** What took the place of an option that newer releases do not have: the end of a sentence about it. */
  readonly replacedOptions?: ReadonlyMap<string, string>;
  /** The first release that serves Kimi K2.7. */
  readonly forKimi?: string;
  /** Architectures of several models, of which some need a later release: a part of a sentence. */
  readonly laterModels?: Readonly<Partial<Record<string, string>>>;
};

type FirstReleases = ReadonlyMap<string, string>;

/** An engine whose releases are unknown. */
export const unknownReleases: KnownReleases = {
  toolParsers: new Map(),
  reasoningParsers: new Map(),
  architectures: new Map(),
};

/** Reads a table of lines: a release, and the names that are new in it, with blanks between them. */
export function namesByRelease(table: string): FirstReleases {
  return new Map(
    table
      .trim()
      .split('\n')
      .flatMap((line) => {
        const [release = '', ...names] = line.trim().split(/ +/);
        return names.map((name) => [name, release] as const);
      }),
  );
}
