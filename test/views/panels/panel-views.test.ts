import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {panelKinds} from '../../../src/layout/panel-kinds.ts';
import {textWidth} from '../../../src/shared/text-width.ts';
import {tableKeys} from '../../../src/tui/keys/keymap.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {panelViews} from '../../../src/views/panels/panel-views.ts';
import type {PanelView} from '../../../src/views/rows.ts';
import {TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {anyConsoleData} from '../arbitraries.ts';

const size = fc.record({columns: fc.nat(130), rows: fc.nat(30)});

function textsOf(view: PanelView): string[] {
  return [view.title, view.titleNote, ...view.rows.map((row) => row.map(({text}) => text).join(''))];
}

describe.each(panelKinds)('the %s panel, whatever is known and whatever its size,', (kind) => {
  const view = panelViews[kind];

  test('stays in its rectangle and carries no control characters', () => {
    fc.assert(
      fc.property(anyConsoleData(false), size, fc.boolean(), (data, {columns, rows}, hasKeys) => {
        const drawn = view({
          data,
          nowMs: TEST_NOW_MS,
          glyphs: unicodeGlyphs,
          columns,
          rows,
          keyOf: hasKeys ? tableKeys.shown : null,
          options: {},
        });
        expect(drawn.rows.length).toBeLessThanOrEqual(rows);
        for (const row of drawn.rows) {
          const text = row.map((span) => span.text).join('');
          expect(textWidth(text), JSON.stringify(text)).toBeLessThanOrEqual(columns);
          expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
        }
      }),
      {numRuns: 150},
    );
  });

  test('is ASCII with the ASCII glyphs', () => {
    fc.assert(
      fc.property(anyConsoleData(true), size, (data, {columns, rows}) => {
        const drawn = view({
          data,
          nowMs: TEST_NOW_MS,
          glyphs: asciiGlyphs,
          columns,
          rows,
          keyOf: tableKeys.shown,
          options: {},
        });
        for (const text of textsOf(drawn)) expect(text).toMatch(/^[ -~]*$/);
      }),
      {numRuns: 100},
    );
  });

  test('never prints NaN or infinity', () => {
    fc.assert(
      fc.property(anyConsoleData(true), (data) => {
        const drawn = view({
          data,
          nowMs: TEST_NOW_MS,
          glyphs: unicodeGlyphs,
          columns: 120,
          rows: 30,
          keyOf: tableKeys.shown,
          options: {},
        });
        // Text from outside may say anything, so that only panels of our own words are held to this.
        if (kind === 'log' || kind === 'findings' || kind === 'server' || kind === 'gpu-memory') return;
        for (const text of textsOf(drawn)) expect(text).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
      }),
      {numRuns: 100},
    );
  });

  test('shows something if it has a row of ten columns', () => {
    fc.assert(
      fc.property(anyConsoleData(false), fc.integer({min: 1, max: 5}), (data, rows) => {
        const drawn = view({
          data,
          nowMs: TEST_NOW_MS,
          glyphs: unicodeGlyphs,
          columns: 10,
          rows,
          keyOf: tableKeys.shown,
          options: {},
        });
        if (kind === 'log' && data.log.length > 0) return;
        expect(textsOf(drawn).slice(2).join('').trim()).not.toBe('');
      }),
      {numRuns: 60},
    );
  });
});
