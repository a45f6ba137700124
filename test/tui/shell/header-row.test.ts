import fc from 'fast-check';
import {expect, test} from 'vitest';
import {rowWidth} from '../../../src/tui/painting/paint-row.ts';
import {headerRow} from '../../../src/tui/shell/header-row.ts';
import {themeFor} from '../../../src/tui/theme/theme.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import type {Row} from '../../../src/views/rows.ts';
import {buildConsoleData, buildFinding, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';

const pen = {theme: themeFor('none'), glyphs: unicodeGlyphs};
const snapshot = buildSnapshot({simulated: true, findings: [buildFinding({severity: 'critical'})]});

test('the header never uses more than its line, and the most important parts stay longest', () => {
  const data = buildConsoleData({snapshot});
  fc.assert(
    fc.property(fc.integer({min: 20, max: 250}), (columns) => {
      const row = headerRow(data, TEST_NOW_MS, columns, pen);
      expect(rowWidth(row, pen)).toBeLessThanOrEqual(columns);
      expect(textOf(row)).toContain('SIMULATED');
    }),
  );
  expect(textOf(headerRow(data, TEST_NOW_MS, 30, pen))).toContain('ready');
  expect(textOf(headerRow(data, TEST_NOW_MS, 45, pen))).toContain('1 critical');
  expect(textOf(headerRow(data, TEST_NOW_MS, 110, pen))).toContain('h200-node-1');
});

test('a lost connection stays even if the node and the engine no longer fit', () => {
  const data = buildConsoleData({
    snapshot,
    connection: {kind: 'lost', sinceMs: TEST_NOW_MS - 300_000, reason: 'connect ECONNREFUSED'},
  });
  const text = textOf(headerRow(data, TEST_NOW_MS, 36, pen));
  expect(text).toContain('CONNECTION LOST 5m');
  expect(text).toContain('SIMULATED');
});

function textOf(row: Row): string {
  return row.map(({text}) => text).join('');
}
