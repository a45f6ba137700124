import {reasonOf} from './accepted-drift.ts';
import type {Difference} from './find-drift.ts';

/** What was found for an engine, and when. */
export type FoundDrift = {
  readonly engineName: string;
  readonly version: string;
  readonly date: string;
  readonly found: readonly Difference[];
};

/** Of a difference that is not accepted. */
const NO_REASON = '-';

/** The part of the page about this engine, between two marks. */
function marksOf(engineName: string): {readonly begin: string; readonly end: string} {
  return {
    begin: `<!-- simulated ${engineName}: written by GANTRY_REAL_WRITE=1 npm run test:real -->`,
    end: `<!-- end of simulated ${engineName} -->`,
  };
}

/** The rows of the table, in its order. */
export function driftRows(engineName: string, found: readonly Difference[]): readonly string[] {
  return found.map((one) => {
    const {kind, real, simulated} = one;
    return `| ${kind} | ${cell(real)} | ${cell(simulated)} | ${reasonOf(engineName, one) ?? NO_REASON} |`;
  });
}

function cell(text: string): string {
  return text === '-' ? '-' : `\`${text.replaceAll('|', '\\|').replaceAll('`', "'")}\``;
}

/** The page with this engine's part replaced. */
export function withDrift(page: string, drift: FoundDrift): string {
  const {begin, end} = marksOf(drift.engineName);
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`The page has no part for ${drift.engineName}.`);
  const rows = driftRows(drift.engineName, drift.found);
  const summary = `Compared on ${drift.date} with version ${drift.version}: ${rows.length} differences.`;
  const table = rows.length === 0 ? [] : ['', '| what | engine | simulator | why |', '|---|---|---|---|', ...rows];
  return `${page.slice(0, before)}${[begin, summary, ...table].join('\n')}\n${page.slice(after)}`;
}

/** What the page says of this engine: the version that was compared, and its rows. */
export function readDrift(
  page: string,
  engineName: string,
): {readonly version: string | null; readonly rows: readonly string[]} {
  const {begin, end} = marksOf(engineName);
  const part = page.slice(page.indexOf(begin), Math.max(0, page.indexOf(end)));
  const version = /^Compared on \S+ with version (\S+): /m.exec(part)?.[1] ?? null;
  return {version, rows: part.split('\n').filter((line) => /^\| (?:line|metric|exit status) \|/.test(line))};
}
