import {type JsonEntry, readJsonEntry} from './json-entries.ts';
import {commonPrefix, containerPrefix, isPodPrefix, type ViewerPrefix} from './viewer-prefixes.ts';
import {createLineJoining, wrapWidth} from './wrapped-lines.ts';

/** What was done to a text before it was pasted. */
export type Viewer = {
  /** Columns at which its lines were wrapped; null if they were not. */
  readonly width: number | null;
  /** Each line is an entry in JSON, or all of it is one document. */
  readonly json: 'lines' | 'document' | null;
  /** The same of what is behind the prefixes: a terminal may have wrapped it before it was logged. */
  readonly innerWidth: number | null;
  /** In front of each line, the outermost first. */
  readonly prefixes: readonly ViewerPrefix[];
};

/** Viewers within viewers: the journal of a Docker of a launcher. */
const MAX_PREFIXES = 4;
/** What part of the lines must be entries for the others to be noise between them. */
const MOST = 0.6;

/** What a viewer did to these first lines of a text. */
export function recognizeViewer(lines: readonly string[]): Viewer {
  const full = lines.filter((line) => line.trim() !== '');
  const [first = ''] = full;
  const isJson = /^[[{]/.test(first.trimStart());
  const entries = isJson ? full.flatMap((line) => readJsonEntry(line) ?? []) : [];
  if (isJson && entries.length >= full.length * MOST)
    return {width: null, json: 'lines', ...insideOf(textsOf(entries))};
  if (/^\s*(?:\[\s*(?:\{|$)|\{\s*(?:"|$))/.test(first)) {
    return {width: null, json: 'document', prefixes: [], innerWidth: null};
  }
  const width = wrapWidth(lines);
  // What was wrapped last is put together first.
  return {width, json: null, ...insideOf(width === null ? full : joined(full, width))};
}

function joined(lines: readonly string[], width: number): readonly string[] {
  const joining = createLineJoining<{readonly text: string}>(width);
  return [...lines.flatMap((text) => joining.push({text})), ...joining.flush()].map(({text}) => text);
}

function insideOf(lines: readonly string[]): Pick<Viewer, 'prefixes' | 'innerWidth'> {
  const prefixes = prefixesOf(lines);
  const inner = lines.map((line) => prefixes.reduce((text, {pattern}) => text.replace(pattern, ''), line));
  return {prefixes, innerWidth: prefixes.length === 0 && lines.length > 0 ? null : wrapWidth(inner)};
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
