import {expect, test} from 'vitest';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {gpuCardQuery, gpuCardView} from '../../../src/views/gpu-card/gpu-card-view.ts';
import {buildHistory} from '../../support/build-history.ts';
import {buildConsoleData, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {textOf} from '../draw.ts';

test('the plots of one time, or of another GPU, do not stand under the title of what was chosen', () => {
  const question = gpuCardQuery(3, 4);
  const answer = {kind: 'loaded', question, history: buildHistory(question)} as const;
  const size = {columns: 120, rows: 40, glyphs: unicodeGlyphs};
  const shown = (index: number, window: number): string => {
    const view = gpuCardView({
      ...{data: buildConsoleData({events: []}), index, window, answer, freshness: '', nowMs: TEST_NOW_MS, ...size},
    });
    return view.rows.map(textOf).join('\n');
  };
  expect(shown(3, 4)).not.toContain('reading the history');
  expect(shown(3, 5)).toContain('reading the history');
  expect(shown(2, 4)).toContain('reading the history');
});
