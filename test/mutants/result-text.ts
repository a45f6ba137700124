import type {FolderResult} from './measure-folder.ts';
import {describeChange, type Mutant} from './mutant.ts';

/** Marks a survivor in the output of a run that is still going on. */
export const SURVIVOR_PREFIX = 'survived so far: ';

/** A change with its place, on one line. */
export function mutantLine({file, line, column, original, replacement}: Mutant, note: string): string {
  return `${file}:${line}:${column}  ${describeChange({original, replacement})}${note}`;
}

function byPlace(a: Mutant, b: Mutant): number {
  return a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column;
}

/** Every change that no test noticed, one per line, in the order of the source. */
export function survivorLines({survived, notReached}: FolderResult): readonly string[] {
  const unreached = new Set(notReached);
  return [...survived, ...notReached]
    .sort(byPlace)
    .map((mutant) => mutantLine(mutant, unreached.has(mutant) ? '  (no test runs this)' : ''));
}

/** What is wrong with the list of equivalents. */
export function listProblems({noticedEquivalents, unmatchedEquivalents}: FolderResult): readonly string[] {
  return [
    ...noticedEquivalents.map((mutant) => mutantLine(mutant, '  is listed as equivalent, but a test notices it')),
    ...unmatchedEquivalents.map(
      (entry) => `${entry.file}  ${describeChange(entry)}  is listed as equivalent, but is no longer in the source`,
    ),
  ];
}

/** In percent, rounded down to one decimal. */
export function noticedPercent({noticed, total}: Pick<FolderResult, 'noticed' | 'total'>): number {
  return total === 0 ? 100 : Math.floor((noticed / total) * 1_000) / 10;
}

/** The numbers of one folder on one line. */
export function summaryLine(result: FolderResult): string {
  const {folder, noticed, total, notReached, listed, existing} = result;
  const parts = [
    `${noticed} of ${total} noticed`,
    `${notReached.length} in code that no test runs`,
    `${listed} listed as equivalent`,
    `${existing} can be made`,
  ];
  return `${folder.padEnd(10)} ${noticedPercent(result).toFixed(1).padStart(5)} %  ${parts.join(', ')}`;
}
