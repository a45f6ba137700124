// Invariant: the rectangles tile the viewport exactly, without gap or overlap, at every size from 1x1 up; and a larger
// viewport never shows fewer panels of the same variant.
import {type GroupNode, type Layout, type LayoutNode, type LayoutVariant, panelsOf} from './layout-schema.ts';
import type {LayoutState} from './layout-states.ts';
import type {PanelKind} from './panel-kinds.ts';
import type {PanelOptions} from './panel-options.ts';

/** A size in terminal cells. */
export type Viewport = {readonly columns: number; readonly rows: number};
/** A place in terminal cells; the top left corner is 0, 0. */
export type Rect = {readonly column: number; readonly row: number; readonly columns: number; readonly rows: number};
export type PlacedPanel = {
  readonly id: string;
  readonly panel: PanelKind;
  readonly rect: Rect;
  readonly options: PanelOptions;
};
export type SolvedLayout = {readonly variantIndex: number; readonly panels: readonly PlacedPanel[]};

/** Smallest panel worth drawing: a border around one row of a dozen characters. */
export const MIN_PANEL_COLUMNS = 16;
export const MIN_PANEL_ROWS = 3;

type Axis = 'columns' | 'rows';

/**
 * Places the panels of the first variant for the engine's `state` that the terminal is large enough for. Panels are dropped by `dropOrder`, highest
 * first and later before earlier, until the rest has its minimum size; the last one uses the whole viewport.
 * `terminal` chooses the variant; it is the whole window, while `viewport` is the part available for panels. Without a
 * state, only variants for every state are considered.
 */
export function solveLayout(
  layout: Layout,
  viewport: Viewport,
  terminal: Viewport = viewport,
  state: LayoutState | null = null,
): SolvedLayout {
  const variantIndex = layout.variants.findIndex(
    ({when, minColumns, minRows}) =>
      terminal.columns >= minColumns &&
      terminal.rows >= minRows &&
      (when === undefined || (state !== null && when.includes(state))),
  );
  const variant = layout.variants[variantIndex];
  if (variant === undefined) throw new Error(`layout "${layout.name}" has no variant for any terminal`);
  const root = dropUntilFitting(variant, viewport);
  const panels: PlacedPanel[] = [];
  place(root, {column: 0, row: 0, ...viewport}, panels);
  return {variantIndex, panels};
}

function dropUntilFitting(variant: LayoutVariant, viewport: Viewport): LayoutNode {
  const leaveFirst = panelsOf(variant.root)
    .map((panel, position) => ({panel, position}))
    .sort((a, b) => b.panel.dropOrder - a.panel.dropOrder || b.position - a.position)
    .map(({panel}) => panel.id);
  let root = variant.root;
  for (const id of leaveFirst.slice(0, -1)) {
    if (minCells(root, 'columns') <= viewport.columns && minCells(root, 'rows') <= viewport.rows) break;
    root = without(root, id) ?? root;
  }
  return root;
}

function without(node: LayoutNode, id: string): LayoutNode | null {
  if (node.kind === 'panel') return node.id === id ? null : node;
  const children = node.children.map((child) => without(child, id)).filter((child) => child !== null);
  return children.length === 0 ? null : {...node, children};
}

/** The minimum of a node along an axis for its content, regardless of its extent. */
function minCells(node: LayoutNode, axis: Axis): number {
  if (node.kind === 'panel') return axis === 'columns' ? MIN_PANEL_COLUMNS : MIN_PANEL_ROWS;
  if (node.kind !== axis) return Math.max(...node.children.map((child) => minCells(child, axis)));
  return node.children.reduce((sum, child) => sum + minAlong(child, axis), 0);
}

/** The minimum of a child along its parent's axis: its extent, but not less than its content. */
function minAlong(child: LayoutNode, axis: Axis): number {
  const asked = child.extent.cells ?? child.extent.minCells;
  if (child.kind === 'panel') return asked ?? minCells(child, axis);
  return Math.max(asked ?? 0, minCells(child, axis));
}

function place(node: LayoutNode, rect: Rect, panels: PlacedPanel[]): void {
  if (node.kind === 'panel') {
    panels.push({id: node.id, panel: node.panel, rect, options: node.options});
    return;
  }
  const lengths = distribute(node, node.kind === 'columns' ? rect.columns : rect.rows);
  let offset = 0;
  for (const [index, child] of node.children.entries()) {
    const length = lengths[index] ?? 0;
    const part =
      node.kind === 'columns'
        ? {...rect, column: rect.column + offset, columns: length}
        : {...rect, row: rect.row + offset, rows: length};
    place(child, part, panels);
    offset += length;
  }
}

/** Distributes the cells above the minimum one at a time to the share furthest below its ratio. */
function distribute(group: GroupNode, available: number): number[] {
  const axis = group.kind;
  const lengths = group.children.map((child) => minAlong(child, axis));
  if (group.children.length === 1) return [available];
  let spare = available - lengths.reduce((sum, length) => sum + length, 0);
  while (spare > 0) {
    const next = furthestBehind(group, lengths);
    if (next === null) break;
    lengths[next] = (lengths[next] ?? 0) + 1;
    spare -= 1;
  }
  // No child may grow further: the last one fills the rest, so that no cell stays empty.
  const last = lengths.length - 1;
  lengths[last] = (lengths[last] ?? 0) + spare;
  return lengths;
}

function furthestBehind(group: GroupNode, lengths: readonly number[]): number | null {
  let best: number | null = null;
  let bestRatio = Number.POSITIVE_INFINITY;
  for (const [index, child] of group.children.entries()) {
    const {share, maxCells} = child.extent;
    const length = lengths[index] ?? 0;
    if (share === undefined || (maxCells !== undefined && length >= maxCells)) continue;
    if (length / share < bestRatio) {
      best = index;
      bestRatio = length / share;
    }
  }
  return best;
}
