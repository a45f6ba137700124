import {compilingMutants} from './compiling-mutants.ts';
import {type EquivalentMutant, matchEquivalents, readEquivalents} from './equivalents.ts';
import {type MeasuredFolder, measuredFolder} from './measured-folders.ts';
import {isSentence, type Mutant, mutantKey, sampleMutants} from './mutant.ts';
import {listMutants, measureMutants} from './stryker.ts';

export type MeasureOptions = {
  /** How many mutants are drawn; null for all. */
  readonly sampleSize: number | null;
  readonly seed: number;
  readonly concurrency: number;
  /** Only mutants of files whose path contains this. */
  readonly fileFilter: string | null;
  readonly onOutput: (line: string) => void;
};

export type FolderResult = {
  readonly folder: string;
  /** All possible mutants, including those that the compiler refuses. */
  readonly existing: number;
  /** Run and counted: without listed equivalents. */
  readonly total: number;
  readonly noticed: number;
  readonly notReached: readonly Mutant[];
  readonly survived: readonly Mutant[];
  readonly listed: number;
  /** Listed as equivalent, but noticed by a test: the list is wrong. */
  readonly noticedEquivalents: readonly Mutant[];
  readonly unmatchedEquivalents: readonly EquivalentMutant[];
};

/** The mutants of a run: those of the drawn ones that the compiler accepts. Sentences are skipped. */
export async function drawMutants(folder: MeasuredFolder, options: MeasureOptions): Promise<DrawnMutants> {
  const existing = (await listMutants(folder)).filter((mutant) => !isSentence(mutant));
  const {fileFilter, sampleSize, seed} = options;
  const wanted = fileFilter === null ? existing : existing.filter(({file}) => file.includes(fileFilter));
  // More than half may be refused by the compiler, so more are drawn.
  const drawn = sampleSize === null ? wanted : sampleMutants(wanted, sampleSize * 3, seed);
  const accepted = await compilingMutants(drawn);
  return {existing, chosen: sampleSize === null ? accepted : accepted.slice(0, sampleSize)};
}

export type DrawnMutants = {readonly existing: readonly Mutant[]; readonly chosen: readonly Mutant[]};

/** Measures one folder. Listed equivalents are run too, to verify that they still are, and not counted. */
export async function measureFolder(name: string, options: MeasureOptions): Promise<FolderResult> {
  const folder = measuredFolder(name);
  const {existing, chosen} = await drawMutants(folder, options);
  const equivalents = matchEquivalents(readEquivalents(name), existing);
  const listed = new Set(equivalents.mutants.map(mutantKey));
  const measured = await measureMutants(folder, [...chosen, ...equivalents.mutants], options);
  const counted = measured.filter(({mutant}) => !listed.has(mutantKey(mutant)));
  const withOutcome = (outcome: string): readonly Mutant[] =>
    counted.filter((each) => each.outcome === outcome).map(({mutant}) => mutant);
  return {
    folder: name,
    existing: existing.length,
    total: counted.length,
    noticed: withOutcome('noticed').length,
    notReached: withOutcome('not reached'),
    survived: withOutcome('survived'),
    listed: equivalents.mutants.length,
    noticedEquivalents: measured
      .filter(({mutant, outcome}) => outcome === 'noticed' && listed.has(mutantKey(mutant)))
      .map(({mutant}) => mutant),
    unmatchedEquivalents: equivalents.unmatched,
  };
}
