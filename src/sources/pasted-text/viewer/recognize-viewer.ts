import {withoutColorRemains} from './color-remains.ts';
import {findLineCut, type LineCut} from './cut-lines.ts';
import {filledWidth} from './filled-rows.ts';
import {type JsonEntry, readJsonEntry} from './json-entries.ts';
import {isTableHeader} from './table-entries.ts';
import {commonPrefix, containerPrefix, isPodPrefix, type ViewerPrefix} from './viewer-prefixes.ts';
import {createLineJoining, findWrapping, type Wrapping} from './wrapped-lines.ts';

/** What was done to a text before it was pasted. */
export type Viewer = {
  /** The width up to which its rows were filled with blanks; null if they were not. */
  readonly filledTo: number | null;
  /** How it left out the ends of long lines; null if it did not. */
  readonly cut: LineCut | null;
  /** How its lines were wrapped; null if they were not. */
  readonly wrapping: Wrapping | null;
  /** Each line is an entry in JSON, or all of it is one document in JSON, or one table with a header. */
  readonly form: 'json-lines' | 'json-document' | 'table' | null;
  /** The same as `wrapping` of what is behind the prefixes: a terminal may have wrapped it before it was logged. */
  readonly innerWrapping: Wrapping | null;
  /** In front of each line, the outermost first. */
  readonly prefixes: readonly ViewerPrefix[];
};

/** Viewers within viewers: the journal of a Docker of a launcher. */
const MAX_PREFIXES = 4;
/** What part of the lines must be entries for the others to be noise between them. */
const MOST = 0.6;

/** A text to which nothing was done. */
export const untouched: Viewer = {
  filledTo: null,
  cut: null,
  wrapping: null,
  form: null,
  prefixes: [],
  innerWrapping: null,
};

/** What a viewer did to these first lines of a text. */
export function recognizeViewer(lines: readonly string[]): Viewer {
  const filledTo = filledWidth(lines);
  const rows = filledTo === null ? lines : lines.map((line) => line.trimEnd());
  return {...untouched, ...recognizeRows(rows, filledTo), filledTo};
}

function recognizeRows(lines: readonly string[], filledTo: number | null): Partial<Viewer> {
  const full = lines.filter((line) => line.trim() !== '');
  const first = withoutColorRemains(full[0] ?? '');
  if (isTableHeader(first)) return {form: 'table'};
  if (/^[[{]/.test(first.trimStart())) {
    const found = full.every((line) => readJsonEntry(withoutColorRemains(line)) !== null)
      ? null
      : findWrapping(lines, {isBeginning: isEntryStart, filledTo});
    // Of lines that are wrapped, the short ones are whole.
    const wrapping = entryCount(joined(full, found)) > entryCount(full.map(withoutColorRemains)) ? found : null;
    const entryLines = joined(full, wrapping);
    if (readsAsEntries(entryLines)) {
      const entries = entryLines.flatMap((line) => readJsonEntry(line) ?? []);
      return {wrapping, form: 'json-lines', ...insideOf(textsOf(entries))};
    }
  }
  if (/^\s*(?:\[\s*(?:[[{]|$)|\{\s*(?:"|$))/.test(first)) return {form: 'json-document'};
  const wrapping = findWrapping(lines, {filledTo});
  // What was wrapped last is put together first.
  return {wrapping, cut: findLineCut(lines), form: null, ...insideOf(joined(full, wrapping))};
}

function readsAsEntries(lines: readonly string[]): boolean {
  return entryCount(lines) >= lines.length * MOST;
}

function entryCount(lines: readonly string[]): number {
  return lines.filter((line) => readJsonEntry(line) !== null).length;
}

function isEntryStart(row: string): boolean {
  return row.startsWith('{"');
}

function joined(lines: readonly string[], wrapping: Wrapping | null): readonly string[] {
  const joining = createLineJoining<{readonly text: string}>(wrapping);
  return [...lines.flatMap((text) => joining.push({text})), ...joining.flush()].map(({text}) =>
    withoutColorRemains(text),
  );
}

function insideOf(lines: readonly string[]): Pick<Viewer, 'prefixes' | 'innerWrapping'> {
  const prefixes = prefixesOf(lines);
  if (prefixes.length === 0) return {prefixes, innerWrapping: null};
  const inner = lines.map((line) => prefixes.reduce((text, {pattern}) => text.replace(pattern, ''), line));
  return {prefixes, innerWrapping: findWrapping(inner, {isInner: true})};
}

/** The prefixes of these lines, the outermost first. */
export function prefixesOf(lines: readonly string[]): readonly ViewerPrefix[] {
  const prefixes: ViewerPrefix[] = [];
  let rest = lines;
  while (prefixes.length < MAX_PREFIXES) {
    const last = prefixes.at(-1);
    const next = last !== undefined && isPodPrefix(last) ? containerPrefix(rest) : commonPrefix(rest);
    if (next === null) break;
    prefixes.push(next);
    rest = rest.map((line) => line.replace(next.pattern, ''));
  }
  return prefixes;
}

function textsOf(entries: readonly JsonEntry[]): readonly string[] {
  return entries.flatMap(({said}) => said.split('\n')).filter((line) => line.trim() !== '');
}
