import {expect, test} from 'vitest';
import {builtInLayout} from '../../../../src/layout/load-layout.ts';
import {innerSize} from '../../../../src/tui/painting/paint-panel.ts';
import {arrange} from '../../../../src/tui/screens/panels/arrange.ts';
import {areaOf} from '../../../../src/tui/shell/terminal-area.ts';
import {unicodeGlyphs} from '../../../../src/views/glyphs.ts';
import {panelViews} from '../../../../src/views/panels/panel-views.ts';
import {buildConsoleData, TEST_NOW_MS} from '../../../support/build-snapshot.ts';

const layout = builtInLayout('overview');
if (!layout.ok) throw new Error(layout.error.message);
const overview = layout.value;
const data = buildConsoleData();

/** The part of the window that rows of panels without anything in them take. */
function blankShare(size: {readonly columns: number; readonly rows: number}, zoomed: string | null = null): number {
  const {panels} = arrange(overview, size, areaOf(size), {focusedPanelId: zoomed, isZoomed: zoomed !== null});
  const blankCells = panels.map(({panel, rect, options}) => {
    const inner = innerSize(rect);
    const {rows} = panelViews[panel]({data, nowMs: TEST_NOW_MS, glyphs: unicodeGlyphs, ...inner, options});
    const written = rows.filter((row) => row.some(({text}) => text.trim() !== '')).length;
    return (inner.rows - written) * rect.columns;
  });
  return blankCells.reduce((sum, cells) => sum + cells, 0) / (size.columns * size.rows);
}

test.each([
  {columns: 200, rows: 60},
  {columns: 180, rows: 48},
  {columns: 240, rows: 80},
  {columns: 120, rows: 40},
  {columns: 110, rows: 36},
  {columns: 80, rows: 24},
])('at most 15 % of the overview are blank rows at $columns x $rows', (size) => {
  expect(blankShare(size)).toBeLessThanOrEqual(0.15);
});

test.each(['throughput', 'kv-cache', 'latency', 'cost', 'gpus', 'log'])('%s fills the window when zoomed', (id) => {
  for (const size of [
    {columns: 200, rows: 60},
    {columns: 120, rows: 40},
  ]) {
    // The log has as many lines as the engine wrote.
    expect(blankShare(size, id)).toBeLessThanOrEqual(id === 'log' ? 0.3 : 0.02);
  }
});
