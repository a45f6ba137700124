import {describe, expect, test} from 'vitest';
import {builtInLayout, builtInLayoutNames} from '../../../../src/layout/load-layout.ts';
import {tableKeys} from '../../../../src/tui/keys/keymap.ts';
import {innerSize} from '../../../../src/tui/painting/paint-panel.ts';
import {arrange} from '../../../../src/tui/screens/panels/arrange.ts';
import {areaOf} from '../../../../src/tui/shell/terminal-area.ts';
import {unicodeGlyphs} from '../../../../src/views/glyphs.ts';
import {panelViews} from '../../../../src/views/panels/panel-views.ts';
import {buildEvents} from '../../../support/build-events.ts';
import {buildConsoleData, buildSnapshot, TEST_NOW_MS} from '../../../support/build-snapshot.ts';
import {configuredValues} from '../../../support/configured-values.ts';

const configuration = {file: '/gantry.yaml', isInForce: true, values: configuredValues('/gantry.yaml')};
const data = buildConsoleData({snapshot: buildSnapshot({configuration}), events: buildEvents()});

type Size = {readonly columns: number; readonly rows: number};

/** The part of the window that rows of panels without anything in them take. */
function blankShare(name: string, size: Size, zoomed: string | null = null): number {
  const layout = builtInLayout(name);
  if (!layout.ok) throw new Error(layout.error.message);
  const focus = {focusedPanelId: zoomed, isZoomed: zoomed !== null};
  const {panels} = arrange(layout.value, size, areaOf(size), focus);
  const blankCells = panels.map(({panel, rect, options}) => {
    const inner = innerSize(rect);
    const {rows} = panelViews[panel]({
      data,
      nowMs: TEST_NOW_MS,
      glyphs: unicodeGlyphs,
      ...inner,
      keyOf: tableKeys.shown,
      options,
    });
    const written = rows.filter((row) => row.some(({text}) => text.trim() !== '')).length;
    return (inner.rows - written) * rect.columns;
  });
  return blankCells.reduce((sum, cells) => sum + cells, 0) / (size.columns * size.rows);
}

const sizes: readonly [Size, Size, Size, Size, ...Size[]] = [
  {columns: 200, rows: 60},
  {columns: 180, rows: 48},
  {columns: 240, rows: 80},
  {columns: 120, rows: 40},
  {columns: 110, rows: 36},
  {columns: 80, rows: 24},
];

describe.each(builtInLayoutNames)('the layout %s', (name) => {
  test.each(sizes)('has at most 15 % blank rows at $columns x $rows', (size) => {
    expect(blankShare(name, size)).toBeLessThanOrEqual(0.15);
  });

  test('fills the window with each panel when zoomed', () => {
    for (const size of [sizes[0], sizes[3]]) {
      for (const {id, panel} of panelsAt(name, size)) {
        if (!isPlotted(panel)) continue;
        const share = blankShare(name, size, id);
        expect(share, id).toBeLessThanOrEqual(panel === 'log' ? 0.3 : 0.02);
      }
    }
  });
});

function panelsAt(name: string, size: Size): readonly {readonly id: string; readonly panel: string}[] {
  const layout = builtInLayout(name);
  return layout.ok ? arrange(layout.value, size, areaOf(size), {focusedPanelId: null, isZoomed: false}).known : [];
}

/** False for panels that have a list or a few rows of text, whatever their size. */
function isPlotted(panel: string): boolean {
  const texts = ['server', 'findings', 'vram-budget', 'request-sizes', 'cost-table', 'settings', 'starts'];
  return ![...texts, 'state-strip', 'start-phases', 'command', 'processes'].includes(panel);
}
