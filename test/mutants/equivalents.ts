import {readFileSync} from 'node:fs';
import {z} from 'zod';
import {type Mutant, mutantKey} from './mutant.ts';

/** Changes that no test can notice, or none should, each with its reason. */
const listSchema = z.array(
  z
    .object({
      file: z.string(),
      /** The line on which the change starts. */
      code: z.string(),
      original: z.string(),
      replacement: z.string(),
      reason: z.string().min(10),
    })
    .strict(),
);

export type EquivalentMutant = z.infer<typeof listSchema>[number];

/** Those of one folder of src/. */
export function readEquivalents(folder: string): readonly EquivalentMutant[] {
  const list = listSchema.parse(JSON.parse(readFileSync(new URL('equivalents.json', import.meta.url), 'utf8')));
  return list.filter(({file}) => file.startsWith(`src/${folder}/`));
}

export type MatchedEquivalents = {
  readonly mutants: readonly Mutant[];
  /** Entries that no longer match the source: remove them from the list. */
  readonly unmatched: readonly EquivalentMutant[];
};

/** The listed ones among all mutants of the folder. */
export function matchEquivalents(list: readonly EquivalentMutant[], all: readonly Mutant[]): MatchedEquivalents {
  const listed = new Set(list.map(mutantKey));
  const existing = new Set(all.map(mutantKey));
  return {
    mutants: all.filter((mutant) => listed.has(mutantKey(mutant))),
    unmatched: list.filter((entry) => !existing.has(mutantKey(entry))),
  };
}
