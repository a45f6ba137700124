/** The position of a file in a numbered set: `model-00003-of-00064.safetensors`. */
export type SplitName = {
  readonly prefix: string;
  readonly number: number;
  readonly count: number;
  readonly extension: string;
};

const MOST_PARTS = 10_000;
const pattern = /^(?<prefix>.*)-(?<number>\d{5})-of-(?<count>\d{5})(?<extension>\.safetensors|\.gguf)$/;

/** Reads the numbering of a file's name; undefined for a single file. */
export function parseSplitName(name: string): SplitName | undefined {
  const groups = pattern.exec(name)?.groups;
  if (groups === undefined) return undefined;
  const {prefix = '', number = '', count = '', extension = ''} = groups;
  const split = {prefix, number: Number(number), count: Number(count), extension};
  return split.number >= 1 && split.number <= split.count && split.count <= MOST_PARTS ? split : undefined;
}

/** The names of all files of the set, in order. */
export function splitSetNames({prefix, count, extension}: SplitName): string[] {
  const total = String(count).padStart(5, '0');
  return Array.from({length: count}, (_, index) => {
    return `${prefix}-${String(index + 1).padStart(5, '0')}-of-${total}${extension}`;
  });
}

/** Files that are missing according to the numbering. */
export function missingParts(names: readonly string[]): string[] {
  const there = new Set(names);
  const promised = new Set<string>();
  for (const name of names) {
    if (promised.has(name)) continue;
    const split = parseSplitName(name);
    if (split !== undefined) for (const part of splitSetNames(split)) promised.add(part);
  }
  return [...promised].filter((name) => !there.has(name)).sort();
}
