import {readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {readSource, repositoryRoot, sourceFiles} from './source-tree.ts';

const MAX_LINES = 300;
const MAX_MEDIAN_LINES = 80;
const MAX_FILES = 15;

const map = readFileSync(path.join(repositoryRoot, 'src', 'README.md'), 'utf8');

/** The section of the map that says why files bear one name, or why many stand side by side. */
function reasons(heading: string): ReadonlyMap<string, string> {
  const [, section = ''] = map.split(`### ${heading}\n`);
  const rows = [...(section.split(/^#/m)[0] ?? '').matchAll(/^- `([^`]+)`: (\S.*)$/gm)];
  return new Map(rows.map(([, name = '', reason = '']) => [name, reason]));
}

/** Folders whose folders are alike: one an engine, or one a simulated program. */
const alike = /^(?:engines|simulator)\/(?=[^/]+\/)/;

/** Names that several files bear with different meaning: those of one role stand in folders that are alike. */
function ambiguousNames(files: readonly string[], roles: ReadonlyMap<string, string>): readonly string[] {
  const byName = Map.groupBy(files, (file) => path.basename(file));
  return [...byName].flatMap(([name, bearers]) => {
    const rooms = bearers.map((file) => alike.exec(file)?.[0] ?? file);
    const owners = bearers.map((file) => file.split('/').slice(0, 2).join('/'));
    const isOneRole = new Set(rooms).size === 1 && new Set(owners).size === bearers.length;
    return bearers.length === 1 || isOneRole || roles.has(name) ? [] : [`${name}: ${bearers.join(', ')}`];
  });
}

function crowdedFolders(files: readonly string[], allowed: ReadonlyMap<string, string>): readonly string[] {
  const byFolder = Map.groupBy(files, (file) => path.dirname(file));
  return [...byFolder]
    .filter(([folder, inside]) => inside.length > MAX_FILES && !allowed.has(folder))
    .map(([folder, inside]) => `${folder}: ${inside.length}`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

describe('size and names of files', () => {
  const files = sourceFiles();
  const lines = files.map((file) => ({file, count: readSource(file).split('\n').length - 1}));

  test(`no file is longer than ${MAX_LINES} lines, and half of them are shorter than ${MAX_MEDIAN_LINES}`, () => {
    expect(lines.filter(({count}) => count > MAX_LINES)).toEqual([]);
    expect(median(lines.map(({count}) => count))).toBeLessThan(MAX_MEDIAN_LINES);
  });

  test(`no folder has more than ${MAX_FILES} files side by side, unless the map gives the reason`, () => {
    const allowed = reasons('Folders with many files');
    expect(crowdedFolders(files, allowed)).toEqual([]);
    // A reason that is no longer needed goes.
    const crowded = crowdedFolders(files, new Map()).map((folder) => folder.split(':')[0]);
    expect([...allowed.keys()].filter((folder) => !crowded.includes(folder))).toEqual([]);
  });

  test('no two files have one name, unless their folders are siblings of one role or the map gives it', () => {
    const roles = reasons('Files with the same name');
    expect(ambiguousNames(files, roles)).toEqual([]);
    const ambiguous = ambiguousNames(files, new Map()).map((entry) => entry.split(':')[0]);
    expect([...roles.keys()].filter((name) => !ambiguous.includes(name))).toEqual([]);
  });
});

describe('violations are detected', () => {
  test('a name with two meanings: twice in one engine, or in an engine and outside it', () => {
    const none = new Map<string, string>();
    expect(ambiguousNames(['api/log.ts', 'views/log.ts'], none)).toHaveLength(1);
    expect(ambiguousNames(['engines/vllm/log.ts', 'engines/vllm/start/log.ts'], none)).toHaveLength(1);
    expect(ambiguousNames(['engines/vllm/log.ts', 'simulator/vllm/log.ts'], none)).toHaveLength(1);
    expect(ambiguousNames(['engines/engine.ts', 'engines/vllm/engine.ts'], none)).toHaveLength(1);
    expect(ambiguousNames(['engines/vllm/log.ts', 'engines/sglang/start/log.ts'], none)).toEqual([]);
    expect(ambiguousNames(['api/log.ts', 'views/log.ts'], new Map([['log.ts', 'for a reason']]))).toEqual([]);
  });

  test('a folder with too many files, but not one whose files are in subfolders', () => {
    const crowd = Array.from({length: MAX_FILES + 1}, (_, index) => `domain/file-${index}.ts`);
    expect(crowdedFolders(crowd, new Map())).toEqual([`domain: ${MAX_FILES + 1}`]);
    expect(crowdedFolders(crowd.slice(1), new Map())).toEqual([]);
    expect(crowdedFolders(crowd, new Map([['domain', 'for a reason']]))).toEqual([]);
  });

  test('the median is the middle value', () => {
    expect([median([3, 1, 2]), median([])]).toEqual([2, 0]);
  });
});
