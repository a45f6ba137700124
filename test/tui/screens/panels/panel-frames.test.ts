import {expect, test} from 'vitest';
import type {ConsoleData} from '../../../../src/client/console-data.ts';
import type {PanelKind} from '../../../../src/layout/panel-kinds.ts';
import {type PanelViews, panelFrame} from '../../../../src/tui/screens/panels/panel-frames.ts';
import {panelViews} from '../../../../src/views/panels/panel-views.ts';
import type {ViewInput} from '../../../../src/views/view-input.ts';
import {buildConsoleData} from '../../../support/build-snapshot.ts';
import {screenContext} from '../../../support/console-screens.ts';
import {failedNode} from '../../../support/engine-states.ts';

/** Draws a panel again and again in one place, and keeps what its view was given. */
function drawnPanel(panel: PanelKind) {
  const given: ViewInput[] = [];
  const views: PanelViews = {
    ...panelViews,
    [panel]: (input: ViewInput) => {
      given.push(input);
      return panelViews[panel](input);
    },
  };
  const placed = {id: panel, panel, rect: {column: 0, row: 0, columns: 60, rows: 10}, options: {}};
  const {pen, keymap} = screenContext(buildConsoleData(), {columns: 120, rows: 40});
  return {
    given,
    draw: (data: ConsoleData, nowMs: number, logEnd: number | null = null, textOffset: number | null = null) =>
      panelFrame({
        views,
        placed,
        data,
        nowMs,
        isFocused: false,
        logEnd,
        chosenGpu: null,
        window: null,
        requests: null,
        textOffset,
        pen,
        keymap,
      }).view,
  };
}

const data = buildConsoleData({log: [{number: 1, text: 'a line'}]});
const withOneMore = {...data, log: [...data.log, {number: 2, text: 'one more'}]};

test('new lines of the log draw the log alone', () => {
  const server = drawnPanel('server');
  expect(server.draw(withOneMore, 5_000)).toBe(server.draw(data, 5_000));
  expect(server.given).toHaveLength(1);
  const log = drawnPanel('log');
  log.draw(data, 5_000);
  expect(JSON.stringify(log.draw(withOneMore, 5_000))).toContain('one more');
});

test('a panel other than that of the log cannot depend on its lines', () => {
  const server = drawnPanel('server');
  server.draw(data, 5_000);
  expect(server.given[0]?.data.log).toEqual([]);
});

test('another time, snapshot, series or scroll position draws a panel again', () => {
  const server = drawnPanel('server');
  server.draw(data, 5_000);
  server.draw(data, 6_000);
  server.draw(buildConsoleData(), 6_000);
  server.draw({...buildConsoleData(), history: {}}, 6_000);
  expect(server.given).toHaveLength(4);
  const log = drawnPanel('log');
  const long = {...data, log: Array.from({length: 50}, (_, index) => ({number: index, text: `line ${index}`}))};
  expect(log.draw(long, 5_000, null)).not.toEqual(log.draw(long, 5_000, 20));
  const settings = drawnPanel('settings');
  expect(settings.draw(data, 5_000, null, 0)).toBe(settings.draw(data, 5_000, null, 0));
  expect(settings.draw(data, 5_000, null, 0)).not.toBe(settings.draw(data, 5_000, null, 1));
});

test('a panel names no key that is disabled', () => {
  const keysIn = (of: ConsoleData, isReadOnly: boolean): string => {
    const {pen, keymap} = screenContext(of, {columns: 120, rows: 40});
    const placed = {
      id: 'problem',
      panel: 'problem',
      rect: {column: 0, row: 0, columns: 100, rows: 20},
      options: {},
    } as const;
    const nothing = {logEnd: null, chosenGpu: null, window: null, requests: null, textOffset: null, isFocused: false};
    const input = {views: panelViews, placed, data: of, nowMs: 5_000, ...nothing, pen, keymap, isReadOnly};
    const {rows} = panelFrame(input).view;
    const texts = rows.map((row) => row.map(({text}) => text).join(''));
    return texts.find((text) => /^(keys|commands) /.test(text)) ?? '';
  };
  expect(keysIn(failedNode(), false)).toMatch(/keys +a starts with context 9,664, s as it was/);
  expect(keysIn(failedNode(), true)).toMatch(/commands +gantry up starts it again/);
  const recording = {
    ...failedNode([]),
    connection: {kind: 'replay', atMs: 0, firstMs: 0, lastMs: 1, isPlaying: false} as const,
  };
  expect(keysIn(recording, false)).not.toMatch(/\bs starts/);
});
