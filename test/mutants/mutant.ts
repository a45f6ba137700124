import {createHash} from 'node:crypto';

/** One change of one place in the source, made by the mutator. */
export type Mutant = {
  /** Path relative to the repository, with forward slashes. */
  readonly file: string;
  /** One-based. */
  readonly line: number;
  readonly column: number;
  /** The source line on which the change starts, without its indentation. */
  readonly code: string;
  readonly original: string;
  readonly replacement: string;
  readonly mutator: string;
};

/** Range of a change: lines and columns count from one, the end is exclusive. */
export type SourceRange = {
  readonly start: {readonly line: number; readonly column: number};
  readonly end: {readonly line: number; readonly column: number};
};

function textOf(lines: readonly string[], {start, end}: SourceRange): string {
  const first = lines[start.line - 1] ?? '';
  if (start.line === end.line) return first.slice(start.column - 1, end.column - 1);
  const last = (lines[end.line - 1] ?? '').slice(0, end.column - 1);
  return [first.slice(start.column - 1), ...lines.slice(start.line, end.line - 1), last].join('\n');
}

/** The file's text with the change made. */
export function mutatedText(lines: readonly string[], {line, column, original, replacement}: Mutant): string {
  const text = lines.join('\n');
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return text.slice(0, before) + replacement + text.slice(before + original.length);
}

/** @param lines - the unchanged file's */
export function createMutant(
  file: string,
  lines: readonly string[],
  change: {readonly range: SourceRange; readonly mutator: string; readonly replacement: string},
): Mutant {
  const {line, column} = change.range.start;
  return {
    file,
    line,
    column,
    code: (lines[line - 1] ?? '').trim(),
    original: textOf(lines, change.range),
    replacement: change.replacement,
    mutator: change.mutator,
  };
}

/** Identifies a mutant by its text instead of its line, so that the name stays valid when lines move. */
export function mutantKey({file, code, original, replacement}: Omit<Mutant, 'line' | 'column' | 'mutator'>): string {
  return [file, code, original, replacement].join('\n');
}

const LONGEST_TEXT = 70;

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}

/** The change on one line: `a < b -> a <= b`. */
export function describeChange({original, replacement}: Pick<Mutant, 'original' | 'replacement'>): string {
  return `${shorten(original)} -> ${shorten(replacement)}`;
}

/**
 * True for a sentence written for people. Tests assert on codes and data, so that a better sentence breaks none; an
 * empty sentence is therefore not noticed. A string without a space (a code, a key, a flag) is not a sentence.
 */
export function isSentence({mutator, original}: Pick<Mutant, 'mutator' | 'original'>): boolean {
  return mutator === 'StringLiteral' && /\S\s+\S|^['"`]\s+\S|\S\s+['"`]$/.test(original);
}

function rank(mutant: Mutant, seed: number): string {
  return createHash('sha256')
    .update(`${seed}\n${mutant.line}:${mutant.column}\n${mutantKey(mutant)}`)
    .digest('hex');
}

/** A sample that depends only on the seed: the same source and seed give the same mutants. */
export function sampleMutants(mutants: readonly Mutant[], count: number, seed: number): readonly Mutant[] {
  return mutants
    .map((mutant) => ({mutant, rank: rank(mutant, seed)}))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({mutant}) => mutant);
}
