import type {PanelKind} from '../../../layout/panel-kinds.ts';
import type {PlacedPanel, Rect} from '../../../layout/solve-layout.ts';
import type {Framed} from '../screen.ts';
import {LEAST_ROWS, withRest} from '../screen-place.ts';

type Below = Pick<PlacedPanel, 'panel' | 'options'>;

const log: Below = {panel: 'log', options: {}};

/** What a panel that is alone and does not fill the window has below it: the plot that belongs to it, else the log. */
const belowOf: Partial<Readonly<Record<PanelKind, Below>>> = {
  'vram-budget': {panel: 'chart', options: {of: 'gpu-memory'}},
  'gpu-memory': {panel: 'chart', options: {of: 'gpu-memory'}},
  'gpu-table': {panel: 'chart', options: {of: 'gpu-memory'}},
  'request-sizes': {panel: 'chart', options: {of: 'tokens'}},
  'cost-table': {panel: 'chart', options: {of: 'cost'}},
  'cost-days': {panel: 'chart', options: {of: 'cost'}},
  'price-books': {panel: 'chart', options: {of: 'cost'}},
  'node-size': {panel: 'chart', options: {of: 'tokens'}},
};

/** What a panel has below it where it is alone and does not fill the window. */
export function belowAlone(panel: PanelKind): Below {
  return belowOf[panel] ?? log;
}

/** A panel that is zoomed, or has no others, and in the rows that it leaves blank another one. */
export function aloneFrames(placed: PlacedPanel, frameOf: (placed: PlacedPanel) => Framed): readonly Framed[] {
  const {frame, rest} = withRest(frameOf(placed));
  if (placed.panel === 'log') return [frame];
  if (rest !== null) return [frame, frameOf(placedBelow(placed, rest))];
  const {rect} = placed;
  // What is at the end of a long list is worth less than the plot, to whose time the keys belong.
  if (!isList.has(placed.panel) || rect.rows < 2 * LEAST_ROWS) return [frame];
  const rows = rect.rows - LEAST_ROWS;
  const below = placedBelow(placed, {...rect, row: rect.row + rows, rows: LEAST_ROWS});
  return [frameOf(placedShorter(placed, rows)), frameOf(below)];
}

const isList: ReadonlySet<PanelKind> = new Set<PanelKind>(['cost-days']);

/** The same object while nothing moves: its picture is kept by it. */
function placedShorter(placed: PlacedPanel, rows: number): PlacedPanel {
  const known = shorter.get(placed);
  if (known !== undefined) return known;
  const made = {...placed, rect: {...placed.rect, rows}};
  shorter.set(placed, made);
  return made;
}

const shorter = new WeakMap<PlacedPanel, PlacedPanel>();

/** The same object while nothing moves: its picture is kept by it. */
function placedBelow(placed: PlacedPanel, rect: Rect): PlacedPanel {
  const known = below.get(placed);
  if (known?.rect.row === rect.row) return known;
  const made = {id: `${placed.id}-below`, rect, ...belowAlone(placed.panel)};
  below.set(placed, made);
  return made;
}

const below = new WeakMap<PlacedPanel, PlacedPanel>();
