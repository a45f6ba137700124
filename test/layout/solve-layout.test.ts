import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {type Layout, type LayoutNode, panelsOf} from '../../src/layout/layout-schema.ts';
import {type LayoutState, layoutStates} from '../../src/layout/layout-states.ts';
import {builtInLayout, builtInLayoutNames} from '../../src/layout/load-layout.ts';
import {panelKinds} from '../../src/layout/panel-kinds.ts';
import {checkLayout} from '../../src/layout/parse-layout.ts';
import {type SolvedLayout, solveLayout, type Viewport} from '../../src/layout/solve-layout.ts';
import {drawLayout} from '../support/draw-layout.ts';

const viewport = fc.record({columns: fc.integer({min: 1, max: 300}), rows: fc.integer({min: 1, max: 100})});

test('the built-in layout tiles every viewport without gap or overlap', () => {
  const layout = overview();
  fc.assert(
    fc.property(viewport, (size) => expectTiling(solveLayout(layout, size), size)),
    {numRuns: 1000},
  );
});

test('any layout tiles every viewport without gap or overlap', () => {
  fc.assert(
    fc.property(anyLayout(), viewport, (layout, size) => expectTiling(solveLayout(layout, size), size)),
    {numRuns: 500},
  );
});

test('a larger terminal never shows fewer panels of the same variant', () => {
  fc.assert(
    fc.property(anyLayout(), viewport, fc.nat(60), fc.nat(40), (layout, size, moreColumns, moreRows) => {
      const smaller = new Set(solveLayout(layout, size).panels.map(({id}) => id));
      const larger = solveLayout(layout, {columns: size.columns + moreColumns, rows: size.rows + moreRows});
      const shown = new Set(larger.panels.map(({id}) => id));
      for (const id of smaller) expect(shown).toContain(id);
    }),
    {numRuns: 500},
  );
});

test('the last remaining panel fills the viewport', () => {
  expect(solveLayout(overview(), {columns: 3, rows: 1}).panels).toEqual([
    {id: 'server', panel: 'server', rect: {column: 0, row: 0, columns: 3, rows: 1}, options: {}},
  ]);
});

test.each([
  [200, 60, 14],
  [120, 40, 15],
  [80, 24, 16],
  [60, 12, 17],
  [20, 6, 17],
])('the overview at %ix%i is this picture', (columns, rows, variantIndex) => {
  // The header and the footer take two rows of the terminal.
  const area = {columns, rows: rows - 2};
  const solved = solveLayout(overview(), area, {columns, rows});
  expect(solved.variantIndex).toBe(variantIndex);
  expect(`\n${drawLayout(solved, area)}\n`).toMatchSnapshot();
});

test.each([
  [200, 60, []],
  // What it says of a plan, the Plan screen says too.
  [120, 40, ['budget']],
  [120, 54, []],
  [80, 24, []],
] as const)('at %ix%i only %o is dropped', (columns, rows, dropped) => {
  const solved = solveLayout(overview(), {columns, rows: rows - 2}, {columns, rows});
  const variant = overview().variants[solved.variantIndex];
  const all = variant === undefined ? [] : panelsOf(variant.root).map(({id}) => id);
  const shown = new Set(solved.panels.map(({id}) => id));
  expect(all.filter((id) => !shown.has(id))).toEqual(dropped);
});

describe('variants for states', () => {
  const variant = (id: string, minColumns: number, when?: readonly LayoutState[]): Layout['variants'][number] => ({
    ...{minColumns, minRows: 0, root: panel(id, 0)},
    ...(when === undefined ? {} : {when}),
  });
  const layout: Layout = {
    ...{schemaVersion: 1, name: 'states', title: 'States'},
    variants: [variant('wide', 100, ['failed']), variant('failed', 0, ['failed', 'degraded']), variant('any', 0)],
  };
  const shownAt = (columns: number, state: LayoutState | null): string | undefined =>
    solveLayout(layout, {columns, rows: 20}, {columns, rows: 20}, state).panels[0]?.id;

  test('the first one for the state and the size is taken', () => {
    expect(shownAt(120, 'failed')).toBe('wide');
    expect(shownAt(80, 'failed')).toBe('failed');
    expect(shownAt(120, 'degraded')).toBe('failed');
  });

  test('other states, and an unknown one, have the variants without states', () => {
    expect(shownAt(120, 'serving')).toBe('any');
    expect(shownAt(120, null)).toBe('any');
  });

  test.each(layoutStates)('every built-in layout has one for %s at every size', (state) => {
    for (const name of builtInLayoutNames) {
      const built = builtInLayout(name);
      if (!built.ok) throw new Error(built.error.message);
      fc.assert(
        fc.property(viewport, (size) => expectTiling(solveLayout(built.value, size, size, state), size)),
        {numRuns: 200},
      );
    }
  });
});

test('panels are dropped by drop order, and later ones before earlier ones', () => {
  const layout = layoutOf({
    kind: 'rows',
    extent: {share: 1},
    children: [panel('a', 0), panel('b', 2), panel('c', 2), panel('d', 1)],
  });
  const idsAt = (rows: number) => solveLayout(layout, {columns: 80, rows}).panels.map(({id}) => id);
  expect(idsAt(12)).toEqual(['a', 'b', 'c', 'd']);
  expect(idsAt(11)).toEqual(['a', 'b', 'd']);
  expect(idsAt(8)).toEqual(['a', 'd']);
  expect(idsAt(5)).toEqual(['a']);
});

function overview(): Layout {
  const layout = builtInLayout('overview');
  if (!layout.ok) throw new Error(layout.error.message);
  return layout.value;
}

function expectTiling(solved: SolvedLayout, size: Viewport): void {
  const owners = new Uint8Array(size.columns * size.rows);
  for (const {rect} of solved.panels) {
    expect(rect.column + rect.columns).toBeLessThanOrEqual(size.columns);
    expect(rect.row + rect.rows).toBeLessThanOrEqual(size.rows);
    for (let row = rect.row; row < rect.row + rect.rows; row += 1) {
      for (let column = rect.column; column < rect.column + rect.columns; column += 1) {
        const cell = row * size.columns + column;
        owners[cell] = (owners[cell] ?? 0) + 1;
      }
    }
  }
  expect(owners.every((count) => count === 1)).toBe(true);
}

function panel(id: string, dropOrder: number): LayoutNode {
  return {kind: 'panel', id, panel: 'log', extent: {share: 1}, dropOrder, options: {}};
}

function layoutOf(root: LayoutNode): Layout {
  const checked = checkLayout(
    {schemaVersion: 1, name: 'test', title: 'Test', variants: [{minColumns: 0, minRows: 0, root}]},
    'test',
  );
  if (!checked.ok) throw new Error(checked.error.message);
  return checked.value;
}

function anyLayout(): fc.Arbitrary<Layout> {
  const cells = fc.integer({min: 1, max: 40});
  const extent = fc.oneof(
    fc.record({cells}),
    fc.record({share: fc.integer({min: 1, max: 5})}),
    fc.record({share: fc.integer({min: 1, max: 5}), minCells: cells}),
    fc.record({share: fc.integer({min: 1, max: 5}), maxCells: cells}),
  );
  const {node} = fc.letrec<{node: LayoutNode; leaf: LayoutNode; group: LayoutNode}>((tie) => ({
    node: fc.oneof({maxDepth: 4, withCrossShrink: true}, tie('leaf'), tie('group')),
    leaf: fc.record({
      kind: fc.constant('panel' as const),
      id: fc.constant('x'),
      panel: fc.constantFrom(...panelKinds),
      extent,
      dropOrder: fc.nat(3),
      options: fc.constant({}),
    }),
    group: fc.record({
      kind: fc.constantFrom('rows' as const, 'columns' as const),
      extent,
      children: fc.array(tie('node'), {minLength: 1, maxLength: 4}),
    }),
  }));
  return node.map((root) => layoutOf(withUniqueIds(root, {next: 0})));
}

function withUniqueIds(node: LayoutNode, counter: {next: number}): LayoutNode {
  if (node.kind !== 'panel') return {...node, children: node.children.map((child) => withUniqueIds(child, counter))};
  counter.next += 1;
  return {...node, id: `p${counter.next}`};
}
