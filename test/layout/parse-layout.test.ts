import {expect, test} from 'vitest';
import {parseLayout} from '../../src/layout/parse-layout.ts';

const panel = {kind: 'panel', id: 'log', panel: 'log'};

test('a minimal layout is accepted, with the defaults filled in', () => {
  const parsed = parseLayout(layoutText(panel), 'mine.json');
  expect(parsed.ok && parsed.value.variants[0]?.root).toEqual({
    kind: 'panel',
    id: 'log',
    panel: 'log',
    extent: {share: 1},
    dropOrder: 0,
    options: {},
  });
});

test.each<[string, unknown, string]>([
  [
    'a wrong panel name lists the valid ones',
    {kind: 'rows', children: [panel, {...panel, id: 'x', panel: 'gpu'}]},
    'at variants[0].root.children[1].panel: expected "server", "gpu-memory", "vram-budget", "throughput", "kv-cache", "latency", "cost", "log", "findings", "gpu-table", "chart", "request-sizes", "cost-table", "cost-days", "price-books", "node-size", "settings", "starts", "state-strip", "start-phases", "command", "processes", "start-progress", "problem", "next-start", "figure", got "gpu"',
  ],
  [
    'a wrong kind names the valid ones',
    {...panel, kind: 'row'},
    'at variants[0].root.kind: expected "panel", "rows" or "columns"',
  ],
  ['an unknown key is named', {...panel, color: 'red'}, 'at variants[0].root: unknown key "color"'],
  ['an unknown option of a panel is named', {...panel, options: {colour: true}}, 'at variants[0].root.options: '],
  [
    'an extent of both cells and share is refused',
    {...panel, extent: {cells: 3, share: 1}},
    'at variants[0].root.extent: give exactly one of "cells" and "share"',
  ],
  [
    'bounds on a fixed extent are refused',
    {...panel, extent: {cells: 3, minCells: 2}},
    'at variants[0].root.extent: "minCells" and "maxCells" go with "share"',
  ],
  [
    'a minimum above the maximum is refused',
    {...panel, extent: {share: 1, minCells: 9, maxCells: 2}},
    'at variants[0].root.extent: "minCells" must not exceed "maxCells"',
  ],
  [
    'an id used twice is named where it stands the second time',
    {kind: 'columns', children: [panel, {kind: 'rows', children: [panel]}]},
    'at variants[0].root.children[1].children[0].id: id "log" is used twice',
  ],
  [
    'a missing id says what is missing',
    {kind: 'panel', panel: 'log'},
    'at variants[0].root.id: expected string, got nothing',
  ],
  ['an empty group is refused', {kind: 'rows', children: []}, 'at variants[0].root.children: '],
])('%s', (_, root, expected) => {
  const parsed = parseLayout(layoutText(root), 'mine.json');
  expect(parsed.ok).toBe(false);
  if (parsed.ok) return;
  expect(parsed.error.code).toBe('layout.invalid');
  expect(parsed.error.message).toContain(`mine.json: ${expected}`);
  expect(parsed.error.remedy).not.toBe('');
});

test('a layout without a variant for any terminal is refused', () => {
  const text = JSON.stringify({
    schemaVersion: 1,
    name: 'x',
    title: 'X',
    variants: [{minColumns: 10, minRows: 0, root: panel}],
  });
  const parsed = parseLayout(text, 'mine.json');
  expect(!parsed.ok && parsed.error.message).toContain('at variants: one variant must fit any terminal');
});

test('a layout with variants for states alone is refused: before the first data none would fit', () => {
  const parsed = parseLayout(variantsText([{when: ['serving'], minColumns: 0, minRows: 0, root: panel}]), 'mine.json');
  expect(!parsed.ok && parsed.error.message).toContain(
    'at variants: one variant must fit any terminal in any state: "minColumns": 0, "minRows": 0, without "when"',
  );
});

test.each<[string, unknown, string]>([
  [
    'an unknown state lists the known ones',
    ['loading'],
    'at variants[0].when[0]: expected "starting", "serving", "degraded", "failed", "stopped", got "loading"',
  ],
  ['a state that is no list', 'starting', 'at variants[0].when: expected array, got "starting"'],
  ['no state at all', [], 'at variants[0].when: give at least one state, or leave "when" out'],
  ['a state given twice', ['failed', 'failed'], 'at variants[0].when: a state is given twice'],
])('%s', (_, when, expected) => {
  const always = {minColumns: 0, minRows: 0, root: panel};
  const parsed = parseLayout(variantsText([{...always, when}, always]), 'mine.json');
  expect(!parsed.ok && parsed.error.message).toContain(`mine.json: ${expected}`);
});

test('a variant keeps its states', () => {
  const always = {minColumns: 0, minRows: 0, root: panel};
  const parsed = parseLayout(variantsText([{...always, when: ['failed', 'degraded']}, always]), 'mine.json');
  expect(parsed.ok && parsed.value.variants.map(({when}) => when)).toEqual([['failed', 'degraded'], undefined]);
});

test('text that is not JSON is an error with the file', () => {
  const parsed = parseLayout('{"schemaVersion": 1,', 'mine.json');
  expect(!parsed.ok && parsed.error).toMatchObject({code: 'layout.not-json'});
  expect(!parsed.ok && parsed.error.message).toMatch(/^mine\.json is not JSON: /);
});

test('very deep nesting is refused before it is parsed', () => {
  const deep = `${'{"kind":"rows","children":['.repeat(2000)}${']}'.repeat(2000)}`;
  const parsed = parseLayout(deep, 'mine.json');
  expect(!parsed.ok && parsed.error.message).toContain('nested too deep');
});

test('brackets inside strings are not nesting', () => {
  const text = JSON.stringify({
    schemaVersion: 1,
    name: 'x',
    title: `${'['.repeat(50)}"\\`,
    variants: [{minColumns: 0, minRows: 0, root: panel}],
  });
  expect(parseLayout(text, 'mine.json').ok).toBe(true);
});

test('many errors are limited to three and counted', () => {
  const children = Array.from({length: 5}, (_, index) => ({...panel, id: `p${index}`, panel: 'nothing'}));
  const parsed = parseLayout(layoutText({kind: 'rows', children}), 'mine.json');
  expect(!parsed.ok && parsed.error.message).toMatch(/; and 2 more$/);
});

function layoutText(root: unknown): string {
  return variantsText([{minColumns: 0, minRows: 0, root}]);
}

function variantsText(variants: readonly unknown[]): string {
  return JSON.stringify({schemaVersion: 1, name: 'mine', title: 'Mine', variants});
}
