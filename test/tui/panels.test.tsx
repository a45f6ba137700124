import {describe, expect, test} from 'vitest';
import {type PanelKind, panelKinds} from '../../src/layout/panel-kinds.ts';
import {absent} from '../../src/samples/reading.ts';
import {canvasLines, createCanvas} from '../../src/tui/canvas/canvas.ts';
import {tableKeys} from '../../src/tui/keys/keymap.ts';
import {innerSize, paintPanel} from '../../src/tui/painting/paint-panel.ts';
import {themeOf} from '../../src/tui/theme/theme.ts';
import {asciiGlyphs} from '../../src/views/glyphs.ts';
import {panelViews} from '../../src/views/panels/panel-views.ts';
import {buildConsoleData, buildSnapshot, TEST_NOW_MS} from '../support/build-snapshot.ts';

const size = {columns: 96, rows: 14};
/** One panel of these data as it is painted. */
function draw(kind: PanelKind, data = buildConsoleData()): string {
  const pen = {theme: themeOf('dark', 'none'), glyphs: asciiGlyphs};
  const view = panelViews[kind]({
    data,
    nowMs: TEST_NOW_MS,
    glyphs: asciiGlyphs,
    ...innerSize(size),
    keyOf: tableKeys.shown,
    options: {},
  });
  const canvas = createCanvas(size);
  paintPanel(canvas, {row: 0, column: 0, ...size}, view, false, pen);
  return canvasLines(canvas).join('\n');
}

describe('a panel drawn from a snapshot', () => {
  test.each(panelKinds)('%s fills exactly its rectangle', (kind) => {
    const lines = draw(kind).split('\n');
    expect(lines).toHaveLength(size.rows);
    for (const line of lines) expect(line).toHaveLength(size.columns);
  });

  test('server shows state, model and address', () => {
    const text = draw('server');
    expect(text).toContain('ready');
    expect(text).toContain('kimi-k2.7-code');
    expect(text).toContain('http://127.0.0.1:8000/v1');
  });

  test('gpu-memory shows each card in GiB, and an unknown value as a dash', () => {
    expect(draw('gpu-memory')).toContain('130.0 / 140.4 GiB');
    const snapshot = buildSnapshot();
    const [first, ...others] = snapshot.gpus;
    if (first === undefined) throw new Error('no card');
    const blind = {...first, memoryUsedBytes: absent('not supported by this GPU')};
    const data = {...buildConsoleData(), snapshot: {...snapshot, gpus: [blind, ...others]}};
    expect(draw('gpu-memory', data)).toMatch(/ - \/ 140\.4 GiB/);
  });

  test('gpu-memory shows a lost card', () => {
    const snapshot = buildSnapshot();
    const gpus = snapshot.gpus.map((gpu) => (gpu.index === 3 ? {...gpu, fault: 'GPU is lost'} : gpu));
    expect(draw('gpu-memory', {...buildConsoleData(), snapshot: {...snapshot, gpus}})).toContain('GPU is lost');
  });

  test('cost says what to configure while the price of the node is unknown', () => {
    const snapshot = buildSnapshot();
    const cost = {...snapshot.cost, nodeUsdPerHour: absent('not set')};
    expect(draw('cost', {...buildConsoleData(), snapshot: {...snapshot, cost}})).toContain('cost.nodeUsdPerHour');
  });

  test('log shows the newest line', () => {
    expect(draw('log')).toContain('11:59:39');
  });
});
