import {compilePattern} from '../../shared/patterns/compile-pattern.ts';
import {ok, type Result} from '../../shared/result.ts';
import {lineLevel} from './line-level.ts';
import {lineRank} from './line-rank.ts';

/** Which lines of a log are wanted. Lines have to pass all of it. */
export type LineFilter = {
  /** `warning`: warnings and errors. Null: any level. */
  readonly level: 'warning' | 'error' | null;
  /** Lines that this rank marked; null: any. */
  readonly rank: number | null;
  /** A regular expression as `compilePattern` accepts it; empty for none. */
  readonly pattern: string;
  /** A text that has to occur, whatever its case; empty for none. */
  readonly text: string;
};

/** Every line. */
export const everyLine: LineFilter = {level: null, rank: null, pattern: '', text: ''};

/** True if every line passes. */
export function isEveryLine({level, rank, pattern, text}: LineFilter): boolean {
  return level === null && rank === null && pattern === '' && text === '';
}

/** Whether a line passes; the error says why the regular expression is not accepted. */
export function compileFilter({level, rank, pattern, text}: LineFilter): Result<(line: string) => boolean, string> {
  const compiled = pattern === '' ? ok(() => true) : compilePattern(pattern);
  if (!compiled.ok) return compiled;
  const sought = text.toLowerCase();
  return ok(
    (line) =>
      (sought === '' || line.toLowerCase().includes(sought)) &&
      (level === null || isAtLeast(line, level)) &&
      (rank === null || lineRank(line) === rank) &&
      compiled.value(line),
  );
}

function isAtLeast(line: string, level: 'warning' | 'error'): boolean {
  const found = lineLevel(line);
  return found === 'error' || found === level;
}
